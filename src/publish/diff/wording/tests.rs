//! Which wording is the model, and how the others are held against it.

use super::*;

#[test]
fn the_wording_that_most_share_is_the_model() {
    let texts = [
        "Hyväksytään.",
        "Lautakunta hyväksyy suunnitelman.",
        "Lautakunta  hyväksyy\nsuunnitelman.",
    ];
    assert_eq!(model(&texts), Some("Lautakunta hyväksyy suunnitelman."));
}

#[test]
fn without_a_shared_wording_the_nearest_to_all_is_the_model() {
    let texts = [
        "Merkitään tiedoksi.",
        "Lautakunta hyväksyy suunnitelman vuodelle 2026 ja lähettää sen tiedoksi.",
        "Lautakunta hyväksyy suunnitelman vuodelle 2026.",
        "Valiokunta hyväksyy suunnitelman vuodelle 2026.",
    ];
    assert_eq!(model(&texts), Some(texts[2]));
    assert_eq!(model(&[]), None);
}
