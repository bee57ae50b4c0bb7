-- One row, written by each health check: whether the database can be written is known only from a write.
CREATE TABLE health_checks (
    id BIGINT PRIMARY KEY,
    checked_at BIGINT NOT NULL
);
