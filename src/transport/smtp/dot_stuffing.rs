//! A letter as it goes over the line: lines end with CR LF, and a line that begins with a dot gets a second one (RFC 5321 §4.5.2).

/// `bytes` without the final dot, but with the line end before it. Lone CR and lone LF, which a rendered letter does not have, become CR LF:
/// servers disagree about them, and that is how letters are smuggled into one another (CVE-2023-51764).
pub(super) fn in_transmission(bytes: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(bytes.len() + bytes.len() / 64 + 2);
    let mut at_line_start = true;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' && rest.peek() == Some(&b'\n') {
                    rest.next();
                }
                written.extend_from_slice(b"\r\n");
                at_line_start = true;
            }
            _ => {
                if at_line_start && byte == b'.' {
                    written.push(b'.');
                }
                written.push(byte);
                at_line_start = false;
            }
        }
    }
    if !at_line_start {
        written.extend_from_slice(b"\r\n");
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_with_a_dot_does_not_end_the_letter() {
        assert_eq!(in_transmission(b".\r\n..\r\na.\r\n"), b"..\r\n...\r\na.\r\n");
        assert_eq!(in_transmission(b"a\n.\nb"), b"a\r\n..\r\nb\r\n");
        assert_eq!(in_transmission(b"a\r.\rb\r\n"), b"a\r\n..\r\nb\r\n");
        assert_eq!(in_transmission(b""), b"");
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_the_end_of_the_letter_is_ours_alone(pieces in proptest::collection::vec(prop_oneof![
            Just(&b"."[..]), Just(&b"\r"[..]), Just(&b"\n"[..]), Just(&b"\r\n"[..]), Just(&b"x"[..])], 0..40)) {
            let bytes = pieces.concat();
            let written = in_transmission(&bytes);
            let all = [&b"\r\n"[..], &written, b".\r\n"].concat();
            let ends: Vec<usize> = all.windows(5).enumerate().filter(|(_, five)| *five == b"\r\n.\r\n").map(|(at, _)| at).collect();
            prop_assert_eq!(ends, vec![all.len() - 5]);
            let lone = written.iter().enumerate().any(|(at, &byte)| match byte {
                b'\n' => at == 0 || written[at - 1] != b'\r',
                b'\r' => written.get(at + 1) != Some(&b'\n'),
                _ => false,
            });
            prop_assert!(!lone);
        }
    }
}
