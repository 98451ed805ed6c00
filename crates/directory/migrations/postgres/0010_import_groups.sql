-- How many people would come to a group of the tenant and go from it, as the plan has counted.
alter table import_groups add column added bigint not null default 0;
alter table import_groups add column removed bigint not null default 0;
-- Where the work stands inside a group.
alter table imports add column place_member uuid;
-- What an undo left of the memberships that an import changed.
alter table import_membership_changes add column undo text;
-- The import that an alert tells about.
alter table alerts add column import_id uuid;
