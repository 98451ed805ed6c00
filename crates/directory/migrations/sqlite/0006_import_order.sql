-- The order in which rows are applied: by the beginning of the name, so that people who stand together in the indexes of
-- names are written together.
alter table import_rows add column spot integer not null default 0;
create index import_rows_spot on import_rows (import_id, spot, number);
alter table imports add column place_spot integer not null default -1;
