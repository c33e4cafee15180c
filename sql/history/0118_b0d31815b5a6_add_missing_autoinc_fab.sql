-- revision: b0d31815b5a6
-- down_revision: ecb43d2a1842
-- version: 2.4.2
-- title: Add missing auto-increment to columns on FAB tables

-- upgrade

-- Tables that Flask-AppBuilder made before 1.10.13 have the sequence, but not as the default.
-- @only postgres
ALTER TABLE ab_permission ALTER COLUMN id SET DEFAULT nextval('ab_permission_id_seq'::regclass);
-- @only postgres
ALTER TABLE ab_view_menu ALTER COLUMN id SET DEFAULT nextval('ab_view_menu_id_seq'::regclass);
-- @only postgres
ALTER TABLE ab_role ALTER COLUMN id SET DEFAULT nextval('ab_role_id_seq'::regclass);
-- @only postgres
ALTER TABLE ab_permission_view ALTER COLUMN id SET DEFAULT nextval('ab_permission_view_id_seq'::regclass);
-- @only postgres
ALTER TABLE ab_permission_view_role ALTER COLUMN id SET DEFAULT nextval('ab_permission_view_role_id_seq'::regclass);
-- @only postgres
ALTER TABLE ab_user ALTER COLUMN id SET DEFAULT nextval('ab_user_id_seq'::regclass);
-- @only postgres
ALTER TABLE ab_user_role ALTER COLUMN id SET DEFAULT nextval('ab_user_role_id_seq'::regclass);
-- @only postgres
ALTER TABLE ab_register_user ALTER COLUMN id SET DEFAULT nextval('ab_register_user_id_seq'::regclass);

-- downgrade

-- Nothing.
