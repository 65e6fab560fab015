-- Of each row a digest, so that what changes without SQLite, such as a bit that flips on a disk, is noticed. The program
-- puts the seal of a row that has none; whoever writes, changes or takes away a row takes its seal with it.
CREATE TABLE seal (
  table_name TEXT NOT NULL,
  key TEXT NOT NULL,                          -- the primary key; of several columns joined by /
  digest TEXT NOT NULL CHECK (length(digest)=16),
  PRIMARY KEY (table_name, key)) STRICT, WITHOUT ROWID;
-- Of rows that the open transaction changes or takes away, the seals they had; empty otherwise.
CREATE TABLE seal_due (
  table_name TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL) STRICT;
CREATE TRIGGER seal_ad AFTER DELETE ON seal BEGIN
  INSERT INTO seal_due VALUES(old.table_name, old.key, old.digest); END;
CREATE TRIGGER seal_meta_ai AFTER INSERT ON meta BEGIN DELETE FROM seal WHERE table_name='meta' AND key=CAST(new.key AS TEXT); END;
CREATE TRIGGER seal_meta_au AFTER UPDATE ON meta BEGIN DELETE FROM seal WHERE table_name='meta' AND key=CAST(old.key AS TEXT); END;
CREATE TRIGGER seal_meta_ad AFTER DELETE ON meta BEGIN DELETE FROM seal WHERE table_name='meta' AND key=CAST(old.key AS TEXT); END;
CREATE TRIGGER seal_municipality_ai AFTER INSERT ON municipality BEGIN DELETE FROM seal WHERE table_name='municipality' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_municipality_au AFTER UPDATE ON municipality BEGIN DELETE FROM seal WHERE table_name='municipality' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_municipality_ad AFTER DELETE ON municipality BEGIN DELETE FROM seal WHERE table_name='municipality' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_network_ai AFTER INSERT ON network BEGIN DELETE FROM seal WHERE table_name='network' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_network_au AFTER UPDATE ON network BEGIN DELETE FROM seal WHERE table_name='network' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_network_ad AFTER DELETE ON network BEGIN DELETE FROM seal WHERE table_name='network' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_network_member_ai AFTER INSERT ON network_member BEGIN DELETE FROM seal WHERE table_name='network_member' AND key=new.network_id||'/'||new.municipality_id; END;
CREATE TRIGGER seal_network_member_au AFTER UPDATE ON network_member BEGIN DELETE FROM seal WHERE table_name='network_member' AND key=old.network_id||'/'||old.municipality_id; END;
CREATE TRIGGER seal_network_member_ad AFTER DELETE ON network_member BEGIN DELETE FROM seal WHERE table_name='network_member' AND key=old.network_id||'/'||old.municipality_id; END;
CREATE TRIGGER seal_source_ai AFTER INSERT ON source BEGIN DELETE FROM seal WHERE table_name='source' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_source_au AFTER UPDATE ON source BEGIN DELETE FROM seal WHERE table_name='source' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_source_ad AFTER DELETE ON source BEGIN DELETE FROM seal WHERE table_name='source' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_poll_ai AFTER INSERT ON poll BEGIN DELETE FROM seal WHERE table_name='poll' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_poll_au AFTER UPDATE ON poll BEGIN DELETE FROM seal WHERE table_name='poll' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_poll_ad AFTER DELETE ON poll BEGIN DELETE FROM seal WHERE table_name='poll' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_feed_state_ai AFTER INSERT ON feed_state BEGIN DELETE FROM seal WHERE table_name='feed_state' AND key=CAST(new.source_id AS TEXT); END;
CREATE TRIGGER seal_feed_state_au AFTER UPDATE ON feed_state BEGIN DELETE FROM seal WHERE table_name='feed_state' AND key=CAST(old.source_id AS TEXT); END;
CREATE TRIGGER seal_feed_state_ad AFTER DELETE ON feed_state BEGIN DELETE FROM seal WHERE table_name='feed_state' AND key=CAST(old.source_id AS TEXT); END;
CREATE TRIGGER seal_body_ai AFTER INSERT ON body BEGIN DELETE FROM seal WHERE table_name='body' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_body_au AFTER UPDATE ON body BEGIN DELETE FROM seal WHERE table_name='body' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_body_ad AFTER DELETE ON body BEGIN DELETE FROM seal WHERE table_name='body' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_meeting_ai AFTER INSERT ON meeting BEGIN DELETE FROM seal WHERE table_name='meeting' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_meeting_au AFTER UPDATE ON meeting BEGIN DELETE FROM seal WHERE table_name='meeting' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_meeting_ad AFTER DELETE ON meeting BEGIN DELETE FROM seal WHERE table_name='meeting' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_matter_ai AFTER INSERT ON matter BEGIN DELETE FROM seal WHERE table_name='matter' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_matter_au AFTER UPDATE ON matter BEGIN DELETE FROM seal WHERE table_name='matter' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_matter_ad AFTER DELETE ON matter BEGIN DELETE FROM seal WHERE table_name='matter' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_item_ai AFTER INSERT ON item BEGIN DELETE FROM seal WHERE table_name='item' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_item_au AFTER UPDATE ON item BEGIN DELETE FROM seal WHERE table_name='item' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_item_ad AFTER DELETE ON item BEGIN DELETE FROM seal WHERE table_name='item' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_page_ai AFTER INSERT ON page BEGIN DELETE FROM seal WHERE table_name='page' AND key=CAST(new.item_id AS TEXT); END;
CREATE TRIGGER seal_page_au AFTER UPDATE ON page BEGIN DELETE FROM seal WHERE table_name='page' AND key=CAST(old.item_id AS TEXT); END;
CREATE TRIGGER seal_page_ad AFTER DELETE ON page BEGIN DELETE FROM seal WHERE table_name='page' AND key=CAST(old.item_id AS TEXT); END;
CREATE TRIGGER seal_fetch_ai AFTER INSERT ON fetch BEGIN DELETE FROM seal WHERE table_name='fetch' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_fetch_au AFTER UPDATE ON fetch BEGIN DELETE FROM seal WHERE table_name='fetch' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_fetch_ad AFTER DELETE ON fetch BEGIN DELETE FROM seal WHERE table_name='fetch' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_item_version_ai AFTER INSERT ON item_version BEGIN DELETE FROM seal WHERE table_name='item_version' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_item_version_au AFTER UPDATE ON item_version BEGIN DELETE FROM seal WHERE table_name='item_version' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_item_version_ad AFTER DELETE ON item_version BEGIN DELETE FROM seal WHERE table_name='item_version' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_handling_ai AFTER INSERT ON handling BEGIN DELETE FROM seal WHERE table_name='handling' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_handling_au AFTER UPDATE ON handling BEGIN DELETE FROM seal WHERE table_name='handling' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_handling_ad AFTER DELETE ON handling BEGIN DELETE FROM seal WHERE table_name='handling' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_attachment_ai AFTER INSERT ON attachment BEGIN DELETE FROM seal WHERE table_name='attachment' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_attachment_au AFTER UPDATE ON attachment BEGIN DELETE FROM seal WHERE table_name='attachment' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_attachment_ad AFTER DELETE ON attachment BEGIN DELETE FROM seal WHERE table_name='attachment' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_rule_ai AFTER INSERT ON rule BEGIN DELETE FROM seal WHERE table_name='rule' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_rule_au AFTER UPDATE ON rule BEGIN DELETE FROM seal WHERE table_name='rule' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_rule_ad AFTER DELETE ON rule BEGIN DELETE FROM seal WHERE table_name='rule' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_network_match_ai AFTER INSERT ON network_match BEGIN DELETE FROM seal WHERE table_name='network_match' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_network_match_au AFTER UPDATE ON network_match BEGIN DELETE FROM seal WHERE table_name='network_match' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_network_match_ad AFTER DELETE ON network_match BEGIN DELETE FROM seal WHERE table_name='network_match' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_match_evidence_ai AFTER INSERT ON match_evidence BEGIN DELETE FROM seal WHERE table_name='match_evidence' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_match_evidence_au AFTER UPDATE ON match_evidence BEGIN DELETE FROM seal WHERE table_name='match_evidence' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_match_evidence_ad AFTER DELETE ON match_evidence BEGIN DELETE FROM seal WHERE table_name='match_evidence' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_dossier_ai AFTER INSERT ON dossier BEGIN DELETE FROM seal WHERE table_name='dossier' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_dossier_au AFTER UPDATE ON dossier BEGIN DELETE FROM seal WHERE table_name='dossier' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_dossier_ad AFTER DELETE ON dossier BEGIN DELETE FROM seal WHERE table_name='dossier' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_event_ai AFTER INSERT ON event BEGIN DELETE FROM seal WHERE table_name='event' AND key=CAST(new.seq AS TEXT); END;
CREATE TRIGGER seal_event_au AFTER UPDATE ON event BEGIN DELETE FROM seal WHERE table_name='event' AND key=CAST(old.seq AS TEXT); END;
CREATE TRIGGER seal_event_ad AFTER DELETE ON event BEGIN DELETE FROM seal WHERE table_name='event' AND key=CAST(old.seq AS TEXT); END;
CREATE TRIGGER seal_takedown_ai AFTER INSERT ON takedown BEGIN DELETE FROM seal WHERE table_name='takedown' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_takedown_au AFTER UPDATE ON takedown BEGIN DELETE FROM seal WHERE table_name='takedown' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_takedown_ad AFTER DELETE ON takedown BEGIN DELETE FROM seal WHERE table_name='takedown' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_problem_ai AFTER INSERT ON problem BEGIN DELETE FROM seal WHERE table_name='problem' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_problem_au AFTER UPDATE ON problem BEGIN DELETE FROM seal WHERE table_name='problem' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_problem_ad AFTER DELETE ON problem BEGIN DELETE FROM seal WHERE table_name='problem' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_host_pause_ai AFTER INSERT ON host_pause BEGIN DELETE FROM seal WHERE table_name='host_pause' AND key=CAST(new.host AS TEXT); END;
CREATE TRIGGER seal_host_pause_au AFTER UPDATE ON host_pause BEGIN DELETE FROM seal WHERE table_name='host_pause' AND key=CAST(old.host AS TEXT); END;
CREATE TRIGGER seal_host_pause_ad AFTER DELETE ON host_pause BEGIN DELETE FROM seal WHERE table_name='host_pause' AND key=CAST(old.host AS TEXT); END;
CREATE TRIGGER seal_quarantine_ai AFTER INSERT ON quarantine BEGIN DELETE FROM seal WHERE table_name='quarantine' AND key=CAST(new.sha256 AS TEXT); END;
CREATE TRIGGER seal_quarantine_au AFTER UPDATE ON quarantine BEGIN DELETE FROM seal WHERE table_name='quarantine' AND key=CAST(old.sha256 AS TEXT); END;
CREATE TRIGGER seal_quarantine_ad AFTER DELETE ON quarantine BEGIN DELETE FROM seal WHERE table_name='quarantine' AND key=CAST(old.sha256 AS TEXT); END;
CREATE TRIGGER seal_list_page_ai AFTER INSERT ON list_page BEGIN DELETE FROM seal WHERE table_name='list_page' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_list_page_au AFTER UPDATE ON list_page BEGIN DELETE FROM seal WHERE table_name='list_page' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_list_page_ad AFTER DELETE ON list_page BEGIN DELETE FROM seal WHERE table_name='list_page' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_backfill_ai AFTER INSERT ON backfill BEGIN DELETE FROM seal WHERE table_name='backfill' AND key=CAST(new.source_id AS TEXT); END;
CREATE TRIGGER seal_backfill_au AFTER UPDATE ON backfill BEGIN DELETE FROM seal WHERE table_name='backfill' AND key=CAST(old.source_id AS TEXT); END;
CREATE TRIGGER seal_backfill_ad AFTER DELETE ON backfill BEGIN DELETE FROM seal WHERE table_name='backfill' AND key=CAST(old.source_id AS TEXT); END;
CREATE TRIGGER seal_finding_ai AFTER INSERT ON finding BEGIN DELETE FROM seal WHERE table_name='finding' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_finding_au AFTER UPDATE ON finding BEGIN DELETE FROM seal WHERE table_name='finding' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_finding_ad AFTER DELETE ON finding BEGIN DELETE FROM seal WHERE table_name='finding' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_gap_search_ai AFTER INSERT ON gap_search BEGIN DELETE FROM seal WHERE table_name='gap_search' AND key=new.body_id||'/'||new.year||'/'||new.first_no; END;
CREATE TRIGGER seal_gap_search_au AFTER UPDATE ON gap_search BEGIN DELETE FROM seal WHERE table_name='gap_search' AND key=old.body_id||'/'||old.year||'/'||old.first_no; END;
CREATE TRIGGER seal_gap_search_ad AFTER DELETE ON gap_search BEGIN DELETE FROM seal WHERE table_name='gap_search' AND key=old.body_id||'/'||old.year||'/'||old.first_no; END;
CREATE TRIGGER seal_document_page_ai AFTER INSERT ON document_page BEGIN DELETE FROM seal WHERE table_name='document_page' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_document_page_au AFTER UPDATE ON document_page BEGIN DELETE FROM seal WHERE table_name='document_page' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_document_page_ad AFTER DELETE ON document_page BEGIN DELETE FROM seal WHERE table_name='document_page' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_attachment_page_ai AFTER INSERT ON attachment_page BEGIN DELETE FROM seal WHERE table_name='attachment_page' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_attachment_page_au AFTER UPDATE ON attachment_page BEGIN DELETE FROM seal WHERE table_name='attachment_page' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_attachment_page_ad AFTER DELETE ON attachment_page BEGIN DELETE FROM seal WHERE table_name='attachment_page' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_dossier_item_ai AFTER INSERT ON dossier_item BEGIN DELETE FROM seal WHERE table_name='dossier_item' AND key=new.dossier_id||'/'||new.municipality_id||'/'||new.item_id; END;
CREATE TRIGGER seal_dossier_item_au AFTER UPDATE ON dossier_item BEGIN DELETE FROM seal WHERE table_name='dossier_item' AND key=old.dossier_id||'/'||old.municipality_id||'/'||old.item_id; END;
CREATE TRIGGER seal_dossier_item_ad AFTER DELETE ON dossier_item BEGIN DELETE FROM seal WHERE table_name='dossier_item' AND key=old.dossier_id||'/'||old.municipality_id||'/'||old.item_id; END;
CREATE TRIGGER seal_dossier_hand_ai AFTER INSERT ON dossier_hand BEGIN DELETE FROM seal WHERE table_name='dossier_hand' AND key=new.dossier_id||'/'||new.item_id; END;
CREATE TRIGGER seal_dossier_hand_au AFTER UPDATE ON dossier_hand BEGIN DELETE FROM seal WHERE table_name='dossier_hand' AND key=old.dossier_id||'/'||old.item_id; END;
CREATE TRIGGER seal_dossier_hand_ad AFTER DELETE ON dossier_hand BEGIN DELETE FROM seal WHERE table_name='dossier_hand' AND key=old.dossier_id||'/'||old.item_id; END;
CREATE TRIGGER seal_network_body_ai AFTER INSERT ON network_body BEGIN DELETE FROM seal WHERE table_name='network_body' AND key=new.network_id||'/'||new.body_id; END;
CREATE TRIGGER seal_network_body_au AFTER UPDATE ON network_body BEGIN DELETE FROM seal WHERE table_name='network_body' AND key=old.network_id||'/'||old.body_id; END;
CREATE TRIGGER seal_network_body_ad AFTER DELETE ON network_body BEGIN DELETE FROM seal WHERE table_name='network_body' AND key=old.network_id||'/'||old.body_id; END;
CREATE TRIGGER seal_meeting_page_ai AFTER INSERT ON meeting_page BEGIN DELETE FROM seal WHERE table_name='meeting_page' AND key=CAST(new.id AS TEXT); END;
CREATE TRIGGER seal_meeting_page_au AFTER UPDATE ON meeting_page BEGIN DELETE FROM seal WHERE table_name='meeting_page' AND key=CAST(old.id AS TEXT); END;
CREATE TRIGGER seal_meeting_page_ad AFTER DELETE ON meeting_page BEGIN DELETE FROM seal WHERE table_name='meeting_page' AND key=CAST(old.id AS TEXT); END;
