-- How many people would come to a group of the tenant and go from it, as the plan has counted.
alter table import_groups add column added integer not null default 0;
alter table import_groups add column removed integer not null default 0;
-- Where the work stands inside a group.
alter table imports add column place_member blob;
-- What an undo left of the memberships that an import changed.
alter table import_membership_changes add column undo text;
-- The import that an alert tells about.
alter table alerts add column import_id blob;
