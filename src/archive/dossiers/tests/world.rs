//! The network that these tests are about: four members, one matter, and what is said of it.

use rusqlite::Connection;

use super::super::super::testing::{NOW, open_temporary};
use super::super::super::{Archive, Reader};
use super::super::*;
use crate::model::digest::content_hash;
use crate::model::dossier::{JoinMethod, MemberState, UnknownReason};

/// Four members of a network: the first has decided, the second has it on an agenda and left it on the table before,
/// the third was polled well and has nothing, the fourth was polled in vain.
const WORLD: &str = "
INSERT INTO municipality(id,name,slug,code) VALUES(1,'Aaa','aaa','001'),(2,'Bee','bee','002'),(3,'Cee','cee','003'),(4,'Dee','dee','004');
INSERT INTO network(id,name,slug,accept,doubt) VALUES(1,'N','n',6,3);
INSERT INTO network_member(network_id,municipality_id) VALUES(1,1),(1,2),(1,3),(1,4);
INSERT INTO source(id,name,slug,municipality_id,system,feed_url,base_url) VALUES
  (1,'A','aaa',1,'dynasty','u','u'),(2,'B','bee',2,'dynasty','u','u'),(3,'C','cee',3,'dynasty','u','u'),(4,'D','dee',4,'dynasty','u','u');
INSERT INTO poll(source_id,started_at,outcome,failures,next_check_at) VALUES
  (1,'2026-01-01T00:00:00Z','ok',0,'2026-01-01T00:20:00Z'),(2,'2026-01-01T00:00:00Z','ok',0,'2026-01-01T00:20:00Z'),
  (3,'2026-01-01T00:00:00Z','ok',0,'2026-01-01T00:20:00Z'),(4,'2026-01-01T00:00:00Z','http_error',1,'2026-01-01T00:20:00Z');
INSERT INTO body(id,title,name,slug,municipality_id) VALUES(1,'A','Ltk','ltk',1),(2,'B','Ltk','ltk',2),(3,'C','Ltk','ltk',3);
INSERT INTO meeting(id,uid,title,body_id,held_on,first_seen_at) VALUES
  (1,'aaa/1','m',1,'2026-03-01','2026-01-01T00:00:00Z'),(2,'bee/1','m',2,'2026-02-01','2026-01-01T00:00:00Z'),
  (3,'bee/2','m',2,'2026-04-01','2026-01-01T00:00:00Z'),(4,'cee/1','m',3,'2026-01-10','2026-01-01T00:00:00Z');
INSERT INTO item(id,uid,title,municipality_id,source_id,key,body_id,meeting_id,section_no,stage,outcome,proposal,decision,url,version_no,
    content_sha256,listed_title,first_seen_at,changed_at) VALUES
  (1,'aaa/i','Plan 2026',1,1,'i',1,1,5,'minutes','amended','p','d','https://a.example/',1,printf('%064d',1),'x','2026-01-01T00:00:00Z','2026-03-02T00:00:00Z'),
  (2,'bee/i','Plan 2026',2,2,'i',2,2,6,'minutes','tabled','p','d','https://a.example/',1,printf('%064d',2),'x','2026-01-01T00:00:00Z','2026-02-02T00:00:00Z'),
  (3,'bee/j','Plan 2026',2,2,'j',2,3,NULL,'agenda',NULL,'p',NULL,'https://a.example/',1,printf('%064d',3),'x','2026-01-01T00:00:00Z','2026-03-20T00:00:00Z'),
  (4,'cee/i','Other',3,3,'i',3,4,7,'minutes','accepted','p','d','https://a.example/',1,printf('%064d',4),'x','2026-01-01T00:00:00Z','2026-01-20T00:00:00Z');
INSERT INTO item_version(item_id,version_no,stage,seen_from,parser,content_sha256,changed_fields,fields)
  SELECT id,1,stage,first_seen_at,'p/1',content_sha256,'[]',
    '{\"lang\":\"fi\",\"stage\":'||json_quote(stage)||',\"body\":null,\"held_on\":null,\"position\":null,\"section_no\":null,\"title\":'||json_quote(title)||',\"diary_numbers\":[],\"preparer\":null,\"presenter\":null,\"background\":null,\"proposal\":\"p\",\"proceedings\":null,\"votes\":null,\"decision\":'||json_quote(decision)||',\"outcome\":'||json_quote(outcome)||',\"dissent\":null,\"conflicts\":null,\"competence\":null,\"appeal_kind\":null,\"appeal_text\":null,\"notified\":null,\"attachments\":[],\"previous\":null,\"next\":null,\"pdf_url\":null}'
    FROM item;
INSERT INTO network_match(item_id,network_id,verdict,score,ruleset,decided_by,decided_at,explanation)
  SELECT id,1,CASE id WHEN 4 THEN 'out' ELSE 'in' END,7,'r','rules','2026-01-01T00:00:00Z','e' FROM item;
INSERT INTO event(at,kind,municipality_id,item_id,network_id,item_uid,summary)
  SELECT '2026-03-21T00:00:00Z','matched',municipality_id,id,1,uid,title FROM item WHERE id<4;
";

/// Gives every text the hash that it has.
fn hash_texts(conn: &Connection) {
    let mut statement = conn
        .prepare("SELECT item_id, fields FROM item_version")
        .expect("versions");
    let texts = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
        .expect("versions");
    for text in texts {
        let (item, fields): (i64, String) = text.expect("a version");
        let fields = serde_json::from_str(&fields).expect("fields");
        let hash = content_hash(&fields, &[]);
        for table in [
            "item_version SET content_sha256=?2 WHERE item_id",
            "item SET content_sha256=?2 WHERE id",
        ] {
            conn.execute(&format!("UPDATE {table}=?1"), (item, &hash))
                .expect("hashed");
        }
    }
}

pub(super) fn world() -> (tempfile::TempDir, Archive, Reader) {
    let (dir, archive) = open_temporary();
    archive.main.execute_batch(WORLD).expect("a world");
    hash_texts(&archive.main);
    let reader = Reader::open(dir.path()).expect("reader");
    (dir, archive, reader)
}

pub(super) fn placed(uid: &str) -> PlacedItem {
    PlacedItem {
        uid: Uid::new(uid),
        method: JoinMethod::Title,
        confidence: 0.95,
        note: "plan 2026".to_owned(),
    }
}

pub(super) fn plan(uids: &[&str]) -> DossierPlan {
    DossierPlan {
        slug: "n-plan-2026".to_owned(),
        title: "Plan 2026".to_owned(),
        subject: Some("plan".to_owned()),
        year: Some(2026),
        predecessor: None,
        items: uids.iter().map(|uid| placed(uid)).collect(),
    }
}

pub(super) fn store(archive: &mut Archive, plans: &[DossierPlan]) {
    let upto = JoinedUpTo {
        seq: 3,
        ruleset: "r".to_owned(),
        left_out: vec![],
    };
    archive
        .transaction(|batch| batch.store_dossiers("n", plans, (&upto, NOW)))
        .expect("stored");
}

pub(super) fn states(reader: &Reader) -> Vec<(MemberState, Option<UnknownReason>)> {
    let matrix = reader.matrix("n").expect("matrix");
    let (_, cells) = matrix.first().expect("a dossier");
    cells.iter().map(|cell| (cell.state, cell.why)).collect()
}

pub(super) const ALL: [&str; 3] = ["aaa/i", "bee/i", "bee/j"];
