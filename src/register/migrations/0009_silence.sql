-- The letters to authorities that a server took, by where they went and when: whether anything was heard of the last ten is asked of each place.
CREATE INDEX deliveries_taken ON delivery (domain, accepted_at) WHERE accepted_at IS NOT NULL AND contact_id IS NOT NULL AND NOT is_copy;
