//! Uploaded files, drafts, cancelling, and clearing away.

use keystead_directory::{
    Error,
    actor::Actor,
    imports::{self, Field, ImportFilter, ImportState, NewImport, RowFilter, Source},
    page::PageRequest,
};

use super::{LATER, csv_options, is_stale, line};
use crate::support::{START, on_both};

#[test]
fn of_two_uploads_the_later_one_counts() {
    on_both(|db| async move {
        let new =
            NewImport { source: Source::Csv, name: "a\r\n.csv".to_owned(), options: csv_options(), schedule_id: None };
        let import = db.change(START, async |tx| imports::create(tx, &Actor::cli(), new).await).await.unwrap();
        assert_eq!(import.name, "a.csv");
        let refused =
            db.change(START, async |tx| imports::ask_for_plan(tx, &Actor::cli(), import.id, None).await).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "nothing was uploaded");
        let first = db.change(START, async |tx| imports::clear_file(tx, import.id).await).await.unwrap();
        let store = async |upload, position, text: &str| {
            let bytes = text.as_bytes().to_vec();
            db.change(START, async |tx| imports::store_chunk(tx, import.id, upload, position, bytes.clone()).await)
                .await
        };
        store(first, 0, "first").await.unwrap();
        let second = db.change(START, async |tx| imports::clear_file(tx, import.id).await).await.unwrap();
        assert!(is_stale(&store(first, 1, "first").await));
        store(second, 0, "second").await.unwrap();
        store(second, 1, " piece").await.unwrap();
        let stored =
            db.change(START, async |tx| imports::file_stored(tx, import.id, second, "b.csv", 12).await).await.unwrap();
        assert_eq!((stored.file_bytes, stored.name.as_str()), (Some(12), "b.csv"));
        let mut conn = db.read().await.unwrap();
        let pieces = [
            imports::chunk(&mut conn, import.id, 0).await.unwrap(),
            imports::chunk(&mut conn, import.id, 1).await.unwrap(),
            imports::chunk(&mut conn, import.id, 2).await.unwrap(),
        ];
        assert_eq!(pieces, [Some(b"second".to_vec()), Some(b" piece".to_vec()), None]);
        drop(conn);
        // A draft can be deleted; its pieces are cleared away, and then it is gone.
        db.change(START, async |tx| imports::delete(tx, import.id, None).await).await.unwrap();
        let gone = imports::get(&mut db.read().await.unwrap(), import.id).await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
        while db.change(LATER, async |tx| imports::purge(tx).await).await.unwrap() {}
        assert_eq!(db.number("select count(*) from import_chunks").await, 0);
        assert_eq!(db.number("select count(*) from imports").await, 0);
    });
}

#[test]
fn the_meaning_of_columns_is_remembered() {
    on_both(|db| async move {
        let columns = vec![Some(Field::Email), None, Some(Field::Blocked)];
        db.change(START, async |tx| imports::remember_columns(tx, b"headers", &columns).await).await.unwrap();
        db.change(LATER, async |tx| imports::remember_columns(tx, b"headers", &columns).await).await.unwrap();
        let mut conn = db.read().await.unwrap();
        assert_eq!(imports::remembered_columns(&mut conn, b"headers").await.unwrap(), Some(columns));
        assert_eq!(imports::remembered_columns(&mut conn, b"others").await.unwrap(), None);
    });
}

#[test]
fn a_cancelled_import_keeps_what_was_applied_and_says_so() {
    on_both(|db| async move {
        let rows: Vec<_> = (1..=1200).map(|number| line(number, &format!("p{number}@example.com"))).collect();
        let import = db.planned(&Actor::cli(), csv_options(), rows, START).await;
        db.confirm(&Actor::cli(), import.id, false, START).await.unwrap();
        let claim = db.claim(START).await.unwrap();
        for _ in 0..2 {
            db.change(START, async |tx| super::one_step(tx, &claim, ImportState::Applying).await).await.unwrap();
        }
        let cancelled =
            db.change(START, async |tx| imports::cancel(tx, &Actor::cli(), import.id, None).await).await.unwrap();
        assert_eq!((cancelled.state, cancelled.outcome.unwrap().created), (ImportState::Cancelled, 500));
        let late = db.change(START, async |tx| super::one_step(tx, &claim, ImportState::Applying).await).await;
        assert!(is_stale(&late), "{late:?}");
        assert!(db.claim(LATER).await.is_none());
        assert_eq!(db.number("select count(*) from users").await, 500);
        let again = db.change(START, async |tx| imports::cancel(tx, &Actor::cli(), import.id, None).await).await;
        assert!(matches!(again, Err(Error::IllegalState(_))));
        // And it can be undone.
        let undone = db.undone(&Actor::cli(), import.id, LATER).await;
        assert_eq!((undone.state, undone.undone.unwrap().reverted), (ImportState::Undone, 500));
        assert_eq!(db.number("select count(*) from users").await, 0);
    });
}

#[test]
fn rows_go_when_nothing_can_be_undone_any_more() {
    on_both(|db| async move {
        let rows: Vec<_> = (1..=30).map(|number| line(number, &format!("p{number}@example.com"))).collect();
        let import = db.imported(&Actor::cli(), csv_options(), rows, START).await;
        let purge = async |now| while db.change(now, async |tx| imports::purge(tx).await).await.unwrap() {};
        purge(START.plus_hours(29 * 24)).await;
        assert_eq!(db.number("select count(*) from import_chunks").await, 0, "the file goes at once");
        assert_eq!(db.rows_of(import.id, &RowFilter::default()).await.len(), 30);
        let late = START.plus_hours(31 * 24);
        purge(late).await;
        assert_eq!(db.number("select count(*) from import_rows").await, 0);
        let refused = db.change(late, async |tx| imports::ask_for_undo(tx, &Actor::cli(), import.id, None).await).await;
        assert!(matches!(refused, Err(Error::IllegalState(_))), "{refused:?}");
        // What it was is still told.
        let page = PageRequest { limit: 10, cursor: None, sort: None };
        let filter = ImportFilter { state: Some(ImportState::Finished), source: Some(Source::Csv) };
        let listed = imports::list(&mut db.read().await.unwrap(), &filter, &page).await.unwrap();
        assert_eq!(listed.items[0].outcome.unwrap().created, 30);
    });
}
