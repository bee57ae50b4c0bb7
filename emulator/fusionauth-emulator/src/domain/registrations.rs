//! Registers a user for an application, and creates the user if necessary, for the registration API and the registration page.

use super::verification::Verification;
use super::{Refusal, all_of, password_hash, users};
use crate::database;
use crate::model::{Application, Registration, Tenant, User};
use crate::state::AppState;
use uuid::Uuid;

/// A registration to create. This type has no `Debug`, because it contains a password.
pub(crate) struct NewRegistration<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) application: &'a Application,
    /// The id of the user, who exists unless `new_user` is given.
    pub(crate) user_id: Uuid,
    /// The user to create.
    pub(crate) new_user: Option<User>,
    pub(crate) registration: Registration,
    /// Whether the registration gets a new authentication token.
    pub(crate) generate_authentication_token: bool,
    /// Whether the new user may have an email in a domain that the tenant blocks.
    pub(crate) disable_domain_block: bool,
    /// Whether the new user chooses a password through a mailed link.
    pub(crate) send_set_password_email: bool,
    pub(crate) skip_registration_verification: bool,
    pub(crate) skip_verification: bool,
}

/// A registration that was created.
pub(crate) struct Registered {
    pub(crate) user: User,
    pub(crate) registration: Registration,
    /// All registrations of the user.
    pub(crate) registrations: Vec<Registration>,
    /// The message that verifies the registration, if the application asks for it.
    pub(crate) verification: Option<Verification>,
}

impl<'a> NewRegistration<'a> {
    /// A registration by the user, with default roles, and with the verifications that the tenant and the application require.
    pub(crate) fn by_user(tenant: &'a Tenant, application: &'a Application, user_id: Uuid, new_user: Option<User>) -> Self {
        let registration = Registration::new(application.id);
        Self {
            tenant,
            application,
            user_id,
            new_user,
            registration,
            generate_authentication_token: false,
            disable_domain_block: false,
            send_set_password_email: false,
            skip_registration_verification: false,
            skip_verification: false,
        }
    }

    /// All errors in the request, without those that only the database can find. Lower-cases the email of the new user.
    pub(crate) fn check(&mut self, emulator: &AppState) -> Result<(), Refusal> {
        let mut checks = vec![users::check_roles(self.application, "registration", &self.registration)];
        if let Some(user) = &mut self.new_user {
            checks.push(users::validate(emulator, "user", user));
            if !self.disable_domain_block {
                checks.push(users::check_domain(self.tenant, user));
            }
            if !self.send_set_password_email {
                checks.push(users::check_password(self.tenant, "user", user).map_err(Refusal::from));
            }
        }
        all_of(checks)
    }

    /// Stores the user and the registration, and sends the messages about them.
    pub(crate) async fn create(mut self, emulator: &AppState) -> Result<Registered, Refusal> {
        self.check(emulator)?;
        let Self { tenant, application, user_id, new_user, mut registration, .. } = self;
        let (mut new_user, mut hash) = (new_user, None);
        if let Some(user) = &mut new_user {
            user.id = user_id;
            user.active = true;
            user.set_verified(tenant, self.skip_verification);
            hash = password_hash::hash_if_any(user.password.take(), &emulator.random, &emulator.hash_counts).await?;
        }
        // The user, the registration and the one-time ids are stored together or not at all.
        let mut transaction = emulator.database.begin().await?;
        let (user, messages) = match new_user {
            Some(user) => {
                let user = users::create(emulator, &mut transaction, tenant, user, hash.as_deref()).await?;
                let wants_set_password = self.send_set_password_email;
                let messages = users::WelcomeMessages::issue(emulator, &mut transaction, tenant, &user, wants_set_password).await?;
                (user, Some(messages))
            }
            None => (users::find(&mut *transaction, user_id).await?, None),
        };
        // The caller signs the user in, so the registration counts as the first login.
        registration.last_login_instant = Some(emulator.clock.now_ms());
        registration.insert_instant = 0;
        users::set_authentication_token(emulator, application, &mut registration, self.generate_authentication_token);
        registration.verified = self.skip_registration_verification || !application.verify_registration;
        let registration = users::register(emulator, &mut transaction, application, "registration", user.id, registration).await?;
        let verification = if registration.verified {
            None
        } else {
            Some(Verification::issue(emulator, &mut transaction, tenant, Some(application), &user).await?)
        };
        let registrations = database::registrations::of_user(&mut *transaction, user.id).await?;
        // This one also has the roles that the user inherits from groups.
        let registration = registrations.iter().find(|it| it.application_id == application.id).cloned().unwrap_or(registration);
        transaction.commit().await?;

        if let Some(messages) = messages {
            messages.send(emulator, tenant, Some(application), &user).await?;
        }
        if let Some(verification) = &verification {
            verification.send(emulator, tenant, Some(application), &user).await?;
        }
        Ok(Registered { user, registration, registrations, verification })
    }
}
