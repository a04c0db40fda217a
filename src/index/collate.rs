//! The order of texts in a list: Unicode root collation (UTS #10), the same for every language,
//! with é beside e. Letters first, then accents, then case.

use std::{cmp::Ordering, sync::LazyLock};

use icu_collator::{CollatorBorrowed, options::CollatorOptions};

static ROOT: LazyLock<CollatorBorrowed<'static>> = LazyLock::new(|| {
    CollatorBorrowed::try_new(Default::default(), CollatorOptions::default())
        .expect("the root collation is compiled into the program")
});

/// Bytes that sort as the texts do.
pub fn sort_key(text: &str, out: &mut Vec<u8>) {
    let Ok(()) = ROOT.write_sort_key_to(text, out);
}

pub fn compare(a: &str, b: &str) -> Ordering {
    ROOT.compare(a, b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_key(a: &str, b: &str) -> Ordering {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        sort_key(a, &mut left);
        sort_key(b, &mut right);
        left.cmp(&right)
    }

    #[test]
    fn accents_and_case_stand_beside_their_letter() {
        let mut names = ["zoe", "Éva", "eva", "Eva", "Fritz", "", "Ewa", "東京", "Ωmega"];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, ["", "eva", "Eva", "Éva", "Ewa", "Fritz", "zoe", "Ωmega", "東京"]);
    }

    proptest! {
        #[test]
        fn keys_and_comparison_agree(a in "\\PC{0,12}", b in "\\PC{0,12}", c in "[aAbB áé.-]{0,6}", d in "[aAbB áé.-]{0,6}") {
            prop_assert_eq!(by_key(&a, &b), compare(&a, &b));
            prop_assert_eq!(by_key(&c, &d), compare(&c, &d));
        }
    }
}
