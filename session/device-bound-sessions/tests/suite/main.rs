//! Tests of the protocol: the published vectors, forged proofs, the life of a session in a store, and the axum router.

mod forged_proofs;
mod life;
mod router;
mod vectors;
