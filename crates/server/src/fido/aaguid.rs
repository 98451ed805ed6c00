//! The model names of well-known authenticators, by AAGUID.
//!
//! A name is for people to recognise their key by; nothing is decided on it. An authenticator
//! that is not here is simply shown without a model name.

use uuid::{Uuid, uuid};

/// The model an AAGUID stands for. The all-zero AAGUID says "not told" and so has none.
pub fn model(aaguid: Uuid) -> Option<&'static str> {
    MODELS.binary_search_by_key(&aaguid, |(known, _)| *known).ok().map(|found| MODELS[found].1)
}

/// Whether a passkey with this AAGUID was made by a computer, not by a phone.
pub fn is_of_a_computer(aaguid: Uuid) -> bool {
    COMPUTERS.contains(&aaguid)
}

/// Windows Hello (hardware, TPM, software) and Chrome's own store on a Mac. iCloud Keychain is one
/// AAGUID for Macs and iPhones, so it is not here.
const COMPUTERS: &[Uuid] = &[
    uuid!("08987058-cadc-4b81-b6e1-30de50dcbe96"),
    uuid!("9ddd1817-af5a-4672-a2b9-3e3dd95000a9"),
    uuid!("6028b017-b1d4-4c02-b4b3-afcdafc96bb2"),
    uuid!("adce0002-35bc-c60a-648b-0b25f1f05503"),
];

/// Sorted by AAGUID, because [`model`] searches it by halves.
#[rustfmt::skip]
const MODELS: &[(Uuid, &str)] = &[
    (uuid!("050dd0bc-ff20-4265-8d5d-305c4b215192"), "Thales eToken Fusion FIPS"),
    (uuid!("08987058-cadc-4b81-b6e1-30de50dcbe96"), "Windows Hello"),
    (uuid!("0bb43545-fd2c-4185-87dd-feb0b2916ace"), "Security Key NFC by Yubico (Enterprise)"),
    (uuid!("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6"), "Keeper"),
    (uuid!("10c70715-2a9a-4de1-b0aa-3cff6d496d39"), "Thales eToken Fusion NFC FIPS"),
    (uuid!("12755c32-8ad1-46eb-881c-e0b38d848b09"), "Feitian ePass FIDO2"),
    (uuid!("12ded745-4bed-47d4-abaa-e713f51d6393"), "Feitian AllinPass FIDO2"),
    (uuid!("146e77ef-11eb-4423-b847-ce77864e9411"), "Thales eToken Fusion NFC PIV"),
    (uuid!("149a2021-8ef6-4133-96b8-81f8d5b7f1f5"), "Security Key NFC by Yubico"),
    (uuid!("19083c3d-8383-4b18-bc03-8f1c9ab2fd1b"), "YubiKey 5"),
    (uuid!("1ac71f64-468d-4fe0-bef1-0e5f2f551f18"), "YubiKey 5 NFC (Enterprise)"),
    (uuid!("1d1b4e33-76a1-47fb-97a0-14b10d0933f1"), "Cryptnox FIDO2"),
    (uuid!("1d8cac46-47a1-3386-af50-e88ae46fe802"), "Ledger Flex"),
    (uuid!("20ac7a17-c814-4833-93fe-539f0d5e3389"), "YubiKey 5 (Enterprise)"),
    (uuid!("2194b428-9397-4046-8f39-007a1605a482"), "Thales IDPrime 931 FIDO"),
    (uuid!("234cd403-35a2-4cc2-8015-77ea280c77f5"), "Feitian ePass FIDO2 NFC"),
    (uuid!("23786452-f02d-4344-87ed-aaf703726881"), "Thales SafeNet eToken Fusion CC"),
    (uuid!("24673149-6c86-42e7-98d9-433fb5b73296"), "YubiKey 5Ci"),
    (uuid!("260e3021-482d-442d-838c-7edfbe153b7e"), "Feitian ePass FIDO2 NFC Plus"),
    (uuid!("2a55aee6-27cb-42c0-bc6e-04efe999e88a"), "HID Crescendo 4000"),
    (uuid!("2bff89f2-323a-48fc-b7c8-9ff7fe87c07e"), "Feitian BioPass FIDO2 Pro (Enterprise)"),
    (uuid!("2c0df832-92de-4be1-8412-88a8f074df4a"), "Feitian FIDO Smart Card"),
    (uuid!("2c2aeed8-8174-4159-814b-486e92a261d0"), "Neowave Winkeo 2"),
    (uuid!("2cd2f727-f6ca-44da-8f48-5c2e5da000a2"), "Nitrokey 3"),
    (uuid!("2d3bec26-15ee-4f5d-88b2-53622490270b"), "HID Crescendo Key V2"),
    (uuid!("2fc0579f-8113-47ea-b116-bb5a8db9202a"), "YubiKey 5 NFC"),
    (uuid!("2ffd6452-01da-471f-821b-ea4bf6c8676a"), "Thales IDPrime 941 FIDO"),
    (uuid!("30b5035e-d297-4ff1-010b-addc96ba6a98"), "OneSpan Digipass FX1a"),
    (uuid!("30b5035e-d297-4ff1-b00b-addc96ba6a98"), "OneSpan Digipass FX1 Bio"),
    (uuid!("30b5035e-d297-4ff7-b00b-addc96ba6a98"), "OneSpan Digipass FX7"),
    (uuid!("341e4da9-3c2e-8103-5a9f-aad887135200"), "Ledger Nano S"),
    (uuid!("34744913-4f57-4e6e-a527-e9ec3c4b94e6"), "YubiKey Bio, Multi-protocol Edition"),
    (uuid!("3789da91-f943-46bc-95c3-50ea2012f03a"), "Neowave Winkeo FIDO2"),
    (uuid!("39589099-9a75-49fc-afaa-801ca211c62a"), "Feitian ePass FIDO2 NFC (Enterprise)"),
    (uuid!("3a662962-c6d4-4023-bebb-98ae92e78e20"), "YubiKey 5Ci FIPS (Enterprise)"),
    (uuid!("3b1adb99-0dfe-46fd-90b8-7f7614a4de2a"), "GoTrust Idem Key"),
    (uuid!("3b24bf49-1d45-4484-a917-13175df0867b"), "YubiKey 5Ci (Enterprise)"),
    (uuid!("3e078ffd-4c54-4586-8baa-a77da113aec5"), "Hideez Key 3"),
    (uuid!("3e22415d-7fdf-4ea4-8a0c-dd60c4249b9d"), "Feitian iePass FIDO2"),
    (uuid!("42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3"), "Google Titan Security Key"),
    (uuid!("42df17de-06ba-4177-a2bb-6701be1380d6"), "Feitian BioPass FIDO2 Plus"),
    (uuid!("4599062e-6926-4fe7-9566-9e8fb1aedaa0"), "YubiKey 5 (Enterprise)"),
    (uuid!("47ab2fb4-66ac-4184-9ae1-86be814012d5"), "Security Key NFC by Yubico (Enterprise)"),
    (uuid!("4c0cf95d-2f40-43b5-ba42-4c83a11c04ba"), "Feitian BioPass FIDO2 Pro"),
    (uuid!("4d41190c-7beb-4a84-8018-adf265a6352d"), "Thales IDPrime FIDO Bio"),
    (uuid!("50726f74-6f6e-5061-7373-50726f746f6e"), "Proton Pass"),
    (uuid!("531126d6-e717-415c-9320-3d9aa6981239"), "Dashlane"),
    (uuid!("53414d53-554e-4700-0000-000000000000"), "Samsung Pass"),
    (uuid!("54d9fee8-e621-4291-8b18-7157b99c5bec"), "HID Crescendo Enabled"),
    (uuid!("57f7de54-c807-4eab-b1c6-1c9be7984e92"), "YubiKey 5 FIPS"),
    (uuid!("58b44d0b-0a7c-f33a-fd48-f7153c871352"), "Ledger Nano S Plus"),
    (uuid!("5d629218-d3a5-11ed-afa1-0242ac120002"), "Swissbit iShield Key Pro"),
    (uuid!("5eaff75a-dd43-451f-af9f-87c9eeae293e"), "Swissbit iShield Key 2 FIPS (Enterprise)"),
    (uuid!("6028b017-b1d4-4c02-b4b3-afcdafc96bb2"), "Windows Hello"),
    (uuid!("662ef48a-95e2-4aaa-a6c1-5b9c40375824"), "YubiKey 5 NFC, Enhanced PIN"),
    (uuid!("664d9f67-84a2-412a-9ff7-b4f7d8ee6d05"), "OpenSK"),
    (uuid!("692db549-7ae5-44d5-a1e5-dd20a493b723"), "HID Crescendo Key"),
    (uuid!("6ab56fad-881f-4a43-acb2-0be065924522"), "YubiKey 5 NFC (Enterprise)"),
    (uuid!("6b1f0f3e-7c52-4d0a-9d3c-52e7b10c64a9"), "Keystead contactless card"),
    (uuid!("6d44ba9b-f6ec-2e49-b930-0c8fe920cb73"), "Security Key NFC by Yubico"),
    (uuid!("6e24d385-004a-16a0-7bfe-efd963845b34"), "Ledger Stax"),
    (uuid!("6ec5cff2-a0f9-4169-945b-f33b563f7b99"), "YubiKey Bio, Multi-protocol Edition (Enterprise)"),
    (uuid!("72c6b72d-8512-4c66-8359-9d3d10d9222f"), "Security Key NFC by Yubico (Enterprise)"),
    (uuid!("73402251-f2a8-4f03-873e-3cb6db604b03"), "Identiv uTrust FIDO2"),
    (uuid!("73bb0cd4-e502-49b8-9c6f-b59445bf720b"), "YubiKey 5 FIPS"),
    (uuid!("7409272d-1ff9-4e10-9fc9-ac0019c124fd"), "YubiKey Bio, FIDO Edition"),
    (uuid!("74820b05-a6c9-40f9-8fb0-9f86aca93998"), "Thales SafeNet eToken Fusion"),
    (uuid!("77010bd7-212a-4fc9-b236-d2ca5e9d4084"), "Feitian BioPass FIDO2"),
    (uuid!("771b48fd-d3d4-4f74-9232-fc157ab0507a"), "Edge on Mac"),
    (uuid!("7787a482-13e8-4784-8a06-c7ed49a7aaf4"), "Swissbit iShield Key 2"),
    (uuid!("78ba3993-d784-4f44-8d6e-cc0a8ad5230e"), "Feitian ePass FIDO2 NFC"),
    (uuid!("7991798a-a7f3-487f-98c0-3faf7a458a04"), "HID Crescendo Key V3"),
    (uuid!("79f3c8ba-9e35-484b-8f47-53a5a0f5c630"), "YubiKey 5 NFC FIPS (Enterprise)"),
    (uuid!("7b96457d-e3cd-432b-9ceb-c9fdd7ef7432"), "YubiKey 5Ci FIPS"),
    (uuid!("7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3"), "YubiKey Bio, Multi-protocol Edition"),
    (uuid!("7e3f3d30-3557-4442-bdae-139312178b39"), "RSA DS100"),
    (uuid!("817cdab8-0d51-4de1-a821-e25b88519cf3"), "Swissbit iShield Key 2 FIPS"),
    (uuid!("82b0a720-127a-4788-b56d-d1d4b2d82eac"), "IDEMIA ID-One Key"),
    (uuid!("833b721a-ff5f-4d00-bb2e-bdda3ec01e29"), "Feitian ePass FIDO2"),
    (uuid!("83c47309-aabb-4108-8470-8be838b573cb"), "YubiKey Bio, FIDO Edition (Enterprise)"),
    (uuid!("85203421-48f9-4355-9bc8-8a53846e5083"), "YubiKey 5Ci FIPS"),
    (uuid!("8876631b-d4a0-427f-5773-0ec71c9e0279"), "SoloKeys Solo"),
    (uuid!("8976631b-d4a0-427f-5773-0ec71c9e0279"), "SoloKeys Solo Tap"),
    (uuid!("8c39ee86-7f9a-4a95-9ba3-f6b097e5c2ee"), "YubiKey Bio, FIDO Edition (Enterprise)"),
    (uuid!("8c97a730-3f7b-41a6-87d6-1e9b62bda6f0"), "Feitian FIDO Fingerprint Card"),
    (uuid!("8d1b1fcb-3c76-49a9-9129-5515b346aa02"), "IDEMIA ID-One Card"),
    (uuid!("905b4cb4-ed6f-4da9-92fc-45e0d4e9b5c7"), "YubiKey 5 FIPS (Enterprise)"),
    (uuid!("90636e1f-ef82-43bf-bdcf-5255f139d12f"), "YubiKey Bio, Multi-protocol Edition"),
    (uuid!("931327dd-c89b-406c-a81e-ed7058ef36c6"), "Swissbit iShield Key FIDO2"),
    (uuid!("97e6a830-c952-4740-95fc-7c78dc97ce47"), "YubiKey Bio, Multi-protocol Edition (Enterprise)"),
    (uuid!("9876631b-d4a0-427f-5773-0ec71c9e0279"), "SoloKeys Somu"),
    (uuid!("9c835346-796b-4c27-8898-d6032f515cc5"), "Cryptnox FIDO2"),
    (uuid!("9ddd1817-af5a-4672-a2b9-3e3dd95000a9"), "Windows Hello"),
    (uuid!("9f0d8150-baa5-4c00-9299-ad62c8bb4e87"), "GoTrust Idem Card"),
    (uuid!("9f77e279-a6e2-4d58-b700-31e5943c6a98"), "HyperFIDO Pro"),
    (uuid!("9ff4cc65-6154-4fff-ba09-9e2af7882ad2"), "Security Key NFC by Yubico (Enterprise)"),
    (uuid!("a02140b7-0cbd-42e1-a9b5-a39da2545114"), "Feitian BioPass FIDO2 Plus (Enterprise)"),
    (uuid!("a02167b9-ae71-4ac7-9a07-06432ebb6f1c"), "YubiKey 5Ci"),
    (uuid!("a25342c0-3cdc-4414-8e46-f4807fca511c"), "YubiKey 5 NFC"),
    (uuid!("a4e9fc6d-4cbe-4758-b8ba-37598bb5bbaa"), "Security Key NFC by Yubico"),
    (uuid!("a7fc3f84-86a3-4da4-a3d7-eb6485a066d8"), "Neowave Badgeo FIDO2"),
    (uuid!("ab32f0c6-2239-afbb-c470-d2ef4e254db7"), "Token2 FIDO2 Security Key"),
    (uuid!("ad08c78a-4e41-49b9-86a2-ac15b06899e2"), "YubiKey Bio, FIDO Edition (Enterprise)"),
    (uuid!("adce0002-35bc-c60a-648b-0b25f1f05503"), "Chrome on Mac"),
    (uuid!("aeb6569c-f8fb-4950-ac60-24ca2bbe2e52"), "HID Crescendo C2300"),
    (uuid!("b2c1a50b-dad8-4dc7-ba4d-0ce9597904bc"), "YubiKey 5 NFC, Enhanced PIN (Enterprise)"),
    (uuid!("b50d5e0a-7f81-4959-9b12-f45407407503"), "Thales IDPrime 3940 FIDO"),
    (uuid!("b5397666-4885-aa6b-cebf-e52262a439a2"), "Chromium"),
    (uuid!("b6ede29c-3772-412c-8a78-539c1f4c62d2"), "Feitian BioPass FIDO2 Plus"),
    (uuid!("b78a0a55-6ef8-d246-a042-ba0f6d55050c"), "LastPass"),
    (uuid!("b7d3f68e-88a6-471e-9ecf-2df26d041ede"), "Security Key NFC by Yubico"),
    (uuid!("b84e4048-15dc-4dd0-8640-f4f60813c8af"), "NordPass"),
    (uuid!("b90e7dc1-316e-4fee-a25a-56a666a670fe"), "YubiKey 5Ci (Enterprise)"),
    (uuid!("b92c3f9a-c014-4056-887f-140a2501163b"), "Security Key by Yubico"),
    (uuid!("b93fd961-f2e6-462f-b122-82002247de78"), "Android"),
    (uuid!("ba76a271-6eb6-4171-874d-b6428dbe3437"), "AuthenTrend ATKey.ProS"),
    (uuid!("bada5566-a7aa-401f-bd96-45619a55120d"), "1Password"),
    (uuid!("bb405265-40cf-4115-93e5-a332c1968d8c"), "IDEMIA ID-One Card"),
    (uuid!("c1f9a0bc-1dd2-404a-b27f-8e29047a43fd"), "YubiKey 5 NFC FIPS"),
    (uuid!("c3f47802-de73-4dfc-ba22-671fe3304f90"), "Thales eToken Fusion NFC PIV (Enterprise)"),
    (uuid!("c4ddaf11-3032-4e77-b3b9-3a340369b9ad"), "HID Crescendo Fusion"),
    (uuid!("c5703116-972b-4851-a3e7-ae1259843399"), "Neowave Badgeo FIDO2"),
    (uuid!("c5ef55ff-ad9a-4b9f-b580-adebafe026d0"), "YubiKey 5Ci"),
    (uuid!("c80dbd9a-533f-4a17-b941-1a2f1c7cedff"), "HID Crescendo C3000"),
    (uuid!("ca4cff1b-5a81-4404-8194-59aabcf1660b"), "Thales IDPrime 3930 FIDO"),
    (uuid!("cb69481e-8ff7-4039-93ec-0a2729a154a8"), "YubiKey 5"),
    (uuid!("d3452668-01fd-4c12-926c-83a4204853aa"), "Microsoft Password Manager"),
    (uuid!("d41f5a69-b817-4144-a13c-9ebd6d9254d6"), "AuthenTrend ATKey.Card"),
    (uuid!("d548826e-79b4-db40-a3d8-11116f7e8349"), "Bitwarden"),
    (uuid!("d7781e5d-e353-46aa-afe2-3ca49f13332a"), "YubiKey 5 NFC"),
    (uuid!("d821a7d4-e97c-4cb6-bd82-4237731fd4be"), "HyperFIDO Bio"),
    (uuid!("d8522d9f-575b-4866-88a9-ba99fa02f35b"), "YubiKey Bio, FIDO Edition"),
    (uuid!("d94a29d9-52dd-4247-9c2d-8b818b610389"), "Kensington VeriMark Guard"),
    (uuid!("da1fa263-8b25-42b6-a820-c0036f21ba7f"), "AuthenTrend ATKey.Card NFC"),
    (uuid!("dd4ec289-e01d-41c9-bb89-70fa845d4bf2"), "iCloud Keychain (managed)"),
    (uuid!("dd86a2da-86a0-4cbe-b462-4bd31f57bc6f"), "YubiKey Bio, FIDO Edition"),
    (uuid!("e1a96183-5016-4f24-b55b-e3ae23614cc6"), "AuthenTrend ATKey.Pro"),
    (uuid!("e400ef8c-711d-4692-af46-7f2cf7da23ad"), "Swissbit iShield Key 2 (Enterprise)"),
    (uuid!("e416201b-afeb-41ca-a03d-2281c28322aa"), "AuthenTrend ATKey.Pro"),
    (uuid!("e77e3c64-05e3-428b-8824-0cbeb04b829d"), "Security Key NFC by Yubico"),
    (uuid!("e86addcd-7711-47e5-b42a-c18257b0bf61"), "Thales IDCore 3121 FIDO"),
    (uuid!("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"), "Google Password Manager"),
    (uuid!("eabb46cc-e241-80bf-ae9e-96fa6d2975cf"), "Token2 PIN+ Security Key"),
    (uuid!("eaecdef2-1c31-5634-8639-f1cbd9c00a08"), "KeePassDX"),
    (uuid!("ed042a3a-4b22-4455-bb69-a267b652ae7e"), "Security Key NFC by Yubico (Enterprise)"),
    (uuid!("ee041bce-25e5-4cdb-8f86-897fd6418464"), "Feitian ePass FIDO2 NFC"),
    (uuid!("ee882879-721c-4913-9775-3dfcce97072a"), "YubiKey 5"),
    (uuid!("efb96b10-a9ee-4b6c-a4a9-d32125ccd4a4"), "Thales SafeNet eToken FIDO"),
    (uuid!("f2145e86-211e-4931-b874-e22bba7d01cc"), "IDEMIA ID-One Key"),
    (uuid!("f3809540-7f14-49c1-a8b3-8f813b225541"), "Enpass"),
    (uuid!("f8a011f3-8c0a-4d15-8006-17111f9edc7d"), "Security Key by Yubico"),
    (uuid!("fa2b99dc-9e39-4257-8f92-4a30d23c4118"), "YubiKey 5 NFC"),
    (uuid!("fbfc3007-154e-4ecc-8c0b-6e020557d7bd"), "iCloud Keychain"),
    (uuid!("fcb1bcb4-f370-078c-6993-bc24d0ae3fbe"), "Ledger Nano X"),
    (uuid!("fcc0118f-cd45-435b-8da1-9782b2da0715"), "YubiKey 5 NFC FIPS"),
    (uuid!("fdb141b2-5d84-443e-8a35-4698c205a502"), "KeePassXC"),
    (uuid!("ff4dac45-ede8-4ec2-aced-cf66103f4335"), "YubiKey 5"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_each_aaguid_once() {
        assert!(MODELS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn every_entry_is_found_and_has_a_name() {
        for (aaguid, name) in MODELS {
            assert_eq!(model(*aaguid), Some(*name));
            assert!(!name.trim().is_empty());
        }
    }

    #[test]
    fn an_authenticator_that_does_not_say_what_it_is_has_no_model() {
        assert_eq!(model(Uuid::nil()), None);
    }

    #[test]
    fn an_unknown_authenticator_has_no_model() {
        assert_eq!(model(uuid!("ffffffff-ffff-ffff-ffff-ffffffffffff")), None);
    }

    #[test]
    fn a_yubikey_is_known_by_its_name() {
        let aaguid = uuid!("2fc0579f-8113-47ea-b116-bb5a8db9202a");
        assert_eq!(model(aaguid), Some("YubiKey 5 NFC"));
    }
}
