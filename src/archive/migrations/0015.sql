-- Schema 15: what pages count. Each is answered by one walk through an index, never through texts.

-- How many items have which facets. The other column is what the condition reads.
CREATE INDEX item_facets ON item(search_facets, withdrawn_at);

-- How a source answered, day by day.
DROP INDEX poll_source_started;
CREATE INDEX poll_source_started ON poll(source_id, started_at, outcome);
