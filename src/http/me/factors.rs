//! `/me/factors`: one's own second factors.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use crate::{
    http::{
        auth::{Caller, device_cookie},
        body::{Body, Fields, Form},
        call::Shared,
        cookies::WithCookies,
        params::{IdText, Whole, paging},
        problem::Problem,
        session::Confirmation,
        views::{Created, Done, List, list},
    },
    model::{
        error::{Code, Refused},
        factor::{Factor, Kind, RecoveryCode},
        text::FactorName,
    },
    ops::factors::{self, Added, Confirmed, NewFactor, Offer},
};

/// A second factor.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Factor")]
pub struct FactorView {
    id: String,
    /// `totp`, `passkey` or `recovery-codes`.
    kind: String,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
    /// How many recovery codes are left; null for the others.
    left: Option<u64>,
}

pub fn factor(factor: Factor) -> FactorView {
    FactorView {
        id: factor.id.to_string(),
        kind: factor.kind().as_str().to_owned(),
        created_at: factor.created_at.to_string(),
        last_used_at: factor.last_used_at.map(|at| at.to_string()),
        left: factor.left().map(|left| left as u64),
        name: factor.name.to_string(),
    }
}

/// What an authenticator app reads with a camera.
#[derive(Debug, Clone, Object)]
struct QrCode {
    /// Squares on a side, the white margin included.
    size: u64,
    /// The dark ones, as the path of an SVG whose unit is a square.
    path: String,
}

/// A factor that waits ten minutes to be confirmed; or recovery codes, which need not be. What is
/// in it is shown once.
#[derive(Debug, Clone, Object)]
struct OfferedFactor {
    id: String,
    kind: String,
    name: String,
    /// For `totp`: the secret, to be typed into an app.
    secret: Option<String>,
    /// For `totp`: the same as an address (`otpauth:`).
    url: Option<String>,
    /// For `totp`: the address as a picture.
    qr: Option<QrCode>,
    /// For `passkey`: what the browser needs to make one.
    passkey: Option<serde_json::Value>,
    /// For `recovery-codes`: ten, each for once; older ones are void.
    codes: Option<Vec<String>>,
}

fn texts(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

impl From<Added> for OfferedFactor {
    fn from(added: Added) -> Self {
        let bare = Self {
            id: added.id.to_string(),
            kind: added.kind.as_str().to_owned(),
            name: added.name.to_string(),
            secret: None,
            url: None,
            qr: None,
            passkey: None,
            codes: None,
        };
        match added.offer {
            Offer::Totp(offer) => {
                let qr = QrCode { size: offer.qr.size as u64, path: offer.qr.path };
                Self { secret: Some(offer.secret), url: Some(offer.url), qr: Some(qr), ..bare }
            }
            Offer::Passkey(options) => Self { passkey: Some(options), ..bare },
            Offer::RecoveryCodes(codes) => Self { codes: Some(texts(&codes)), ..bare },
        }
    }
}

/// A factor that counts from now on.
#[derive(Debug, Clone, Object)]
struct ConfirmedFactor {
    #[oai(flatten)]
    factor: FactorView,
    /// With the first one: ten recovery codes, shown once.
    codes: Option<Vec<String>>,
}

impl From<Confirmed> for ConfirmedFactor {
    fn from(confirmed: Confirmed) -> Self {
        Self { codes: confirmed.codes.as_deref().map(texts), factor: factor(confirmed.factor) }
    }
}

#[derive(Object)]
#[oai(rename = "NewFactor", deny_unknown_fields)]
pub struct NewFactorBody {
    /// `totp`, `passkey` or `recovery-codes`.
    kind: String,
    name: Option<String>,
}

impl Form for NewFactor {
    type Document = NewFactorBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let kind = f.required("kind", |text| {
            let words = "A factor is totp, passkey or recovery-codes.";
            Kind::parse(text).ok_or_else(|| Refused::new(Code::Invalid, words))
        });
        let name = f.optional("name", FactorName::parse);
        Some(Self { kind: kind?, name })
    }
}

#[derive(Object)]
#[oai(rename = "FactorPatch", deny_unknown_fields)]
pub struct FactorPatchBody {
    name: String,
}

pub struct FactorPatch(FactorName);

impl Form for FactorPatch {
    type Document = FactorPatchBody;
    fn read(f: &mut Fields) -> Option<Self> {
        f.required("name", FactorName::parse).map(Self)
    }
}

pub struct FactorsApi;

#[OpenApi]
impl FactorsApi {
    /// One's second factors, oldest first.
    #[oai(path = "/me/factors", method = "get", operation_id = "listMyFactors")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<FactorView>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page = shared.call(&caller, |portal, actor| factors::list(portal, actor, paging)).await?;
        Ok(list(page, factor))
    }

    /// Offers a new factor, to be confirmed; or makes new recovery codes. [step-up]
    #[oai(path = "/me/factors", method = "post", operation_id = "addMyFactor")]
    async fn add(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<NewFactor>,
    ) -> Result<Created<OfferedFactor>, Problem> {
        let draft = body.draft();
        let added = shared.call(&caller, |portal, actor| factors::add(portal, actor, draft)).await?;
        let place = format!("/api/v1/me/factors/{}", added.id);
        Ok(Created::Created(Json(added.into()), place, None))
    }

    /// Confirms a new factor by showing it. The first one comes with recovery codes.
    #[oai(path = "/me/factors/:id/confirm", method = "post", operation_id = "confirmMyFactor")]
    async fn confirm(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<Confirmation>,
    ) -> Result<WithCookies<Json<ConfirmedFactor>>, Problem> {
        let (id, draft) = (id.0.id(), body.draft().map(|given| given.0));
        let confirmed =
            shared.call(&caller, move |portal, actor| factors::confirm(portal, actor, id, draft)).await?;
        let cookie = device_cookie(shared.portal.config(), &confirmed.mark, &caller.marks);
        Ok(WithCookies(Json(confirmed.into()), vec![cookie]))
    }

    /// Renames a factor.
    #[oai(path = "/me/factors/:id", method = "patch", operation_id = "updateMyFactor")]
    async fn rename(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<FactorPatch>,
    ) -> Result<Json<FactorView>, Problem> {
        let (id, draft) = (id.0.id(), body.draft().map(|patch| patch.0));
        let renamed =
            shared.call(&caller, move |portal, actor| factors::rename(portal, actor, id, draft)).await?;
        Ok(Json(factor(renamed)))
    }

    /// Removes a factor; with the last one the recovery codes go too. [step-up]
    #[oai(path = "/me/factors/:id", method = "delete", operation_id = "removeMyFactor")]
    async fn remove(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Result<Done, Problem> {
        let id = id.0.id();
        shared.call(&caller, move |portal, actor| factors::remove(portal, actor, id)).await?;
        Ok(Done::Done)
    }
}
