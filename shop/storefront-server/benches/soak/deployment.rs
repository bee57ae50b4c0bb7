//! The processes of the soak test: FusionAuth's emulator, three instances of the server on one database, and nginx in front of them, with
//! `shop/deploy/nginx.conf`.

use anyhow::{Context, ensure};
use fusionauth_emulator::{Config, Emulator};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use test_support::kickstart::{API_KEY, FORUMS, KICKSTART, STORE, environment};
use tokio::process::{Child, Command};

pub(crate) const INSTANCES: usize = 3;
const HOSTS: [&str; 4] = ["shop.example.test", "forum.example.test", "pages.example.test", "auth.example.test"];
/// The life of access tokens. It is short, so that each session renews about twice a minute.
const TOKEN_LIFE_SECONDS: u32 = 30;

/// All processes. They end when this value is dropped.
pub(crate) struct Deployment {
    pub(crate) fusionauth: Emulator,
    pub(crate) db: sqlx::PgPool,
    pub(crate) nginx: SocketAddr,
    pub(crate) certificate: Vec<u8>,
    instances: Vec<Instance>,
    _nginx: Child,
    folder: PathBuf,
    admin: Client,
}

struct Instance {
    port: u16,
    child: Child,
}

impl Deployment {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-soak-{}", std::process::id()));
        fs::create_dir_all(folder.join("dist"))?;
        fs::write(folder.join("dist/index.html"), include_str!("../../../../index.html"))?;
        let made = rcgen::generate_simple_self_signed(HOSTS.map(ToOwned::to_owned))?;
        let certificate = made.cert.pem().into_bytes();
        fs::write(folder.join("certificate.pem"), &certificate)?;
        fs::write(folder.join("key.pem"), made.signing_key.serialize_pem())?;
        let fusionauth = Emulator::start(Config { environment: environment(), ..Config::new(KICKSTART) }).await?;
        let database = std::env::var("DATABASE_URL").context("no DATABASE_URL")?;
        let db = sqlx::PgPool::connect(&database).await?;
        sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(&db).await?;
        let ports = [0; INSTANCES + 2].map(|_| TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()));
        let ports = ports.into_iter().collect::<Result<Vec<_>, _>>()?;
        let [nginx, plain, backends @ ..] = ports.as_slice() else { anyhow::bail!("no ports") };
        fs::write(folder.join("storefront.toml"), configuration(&fusionauth.base_url(), &database, &folder))?;
        let mut instances = Vec::new();
        for backend in backends {
            instances.push(Instance { port: backend.port(), child: start_instance(&folder, backend.port()).await? });
        }
        let running = start_nginx(&folder, *nginx, *plain, backends).await?;
        let admin = Client::builder().no_proxy().build()?;
        let deployment = Self { fusionauth, db, nginx: *nginx, certificate, instances, _nginx: running, folder, admin };
        deployment.set_up_fusionauth().await?;
        Ok(deployment)
    }

    /// Sets up one-time refresh tokens with a grace period, as docs/deploy.md advises, and a short life of access tokens.
    async fn set_up_fusionauth(&self) -> anyhow::Result<()> {
        let tenant = json!({"tenant": {"jwtConfiguration": {
            "refreshTokenRevocationPolicy": {"onOneTimeTokenReuse": true},
            "refreshTokenOneTimeUseConfiguration": {"gracePeriodInSeconds": 10},
        }}});
        self.admin(Method::PATCH, "/api/tenant/30000000-0000-0000-0000-000000000001", tenant).await?;
        let jwt = json!({"timeToLiveInSeconds": TOKEN_LIFE_SECONDS, "refreshTokenUsagePolicy": "OneTimeUse"});
        for id in [STORE, FORUMS] {
            self.admin(Method::PATCH, &format!("/api/application/{id}"), json!({"application": {"jwtConfiguration": jwt}})).await?;
        }
        Ok(())
    }

    /// Sends a request to FusionAuth's admin API.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> anyhow::Result<()> {
        let request = self.admin.request(method, format!("{}{path}", self.fusionauth.base_url())).header("authorization", API_KEY);
        let answer = request.json(&body).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "{path}: {status}: {}", answer.text().await?);
        Ok(())
    }

    /// Ends an instance, waits for `away`, and starts it again. Kills it if `turn` is even, and otherwise stops it as an update does.
    pub(crate) async fn end_one(&mut self, turn: usize, away: Duration) -> anyhow::Result<()> {
        let instance = &mut self.instances[turn % INSTANCES];
        let id = instance.child.id().context("an instance has ended by itself")?.to_string();
        let signal = if turn.is_multiple_of(2) { "KILL" } else { "TERM" };
        ensure!(Command::new("kill").args(["-s", signal, &id]).status().await?.success(), "no signal {signal}");
        instance.child.wait().await?;
        tokio::time::sleep(away).await;
        instance.child = start_instance(&self.folder, instance.port).await?;
        Ok(())
    }

    /// The resident memory of all instances, in MiB.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let of = |instance: &Instance| {
            let status = fs::read_to_string(format!("/proc/{}/status", instance.child.id().unwrap_or_default()))?;
            let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).context("no VmRSS")?;
            anyhow::Ok(line.trim().trim_end_matches(" kB").parse::<u64>()?)
        };
        Ok(self.instances.iter().map(of).sum::<anyhow::Result<u64>>()? / 1024)
    }

    /// The user and system time of all instances so far.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let of = |instance: &Instance| {
            let stat = fs::read_to_string(format!("/proc/{}/stat", instance.child.id().unwrap_or_default()))?;
            let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
            let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).context("/proc has another format");
            anyhow::Ok((ticks(11)? + ticks(12)?) / 100.0) // Linux gives these times in hundredths of a second
        };
        self.instances.iter().map(of).sum()
    }

    /// The number of statements that PostgreSQL has executed, without the statistics queries of this program.
    pub(crate) async fn statements(&self) -> anyhow::Result<i64> {
        let query = "SELECT COALESCE(SUM(calls), 0)::BIGINT FROM pg_stat_statements WHERE query NOT LIKE '%pg_%'";
        Ok(sqlx::query_scalar(query).fetch_one(&self.db).await?)
    }

    /// The name, rows and bytes of each table. The bytes include the indexes.
    pub(crate) async fn rows(&self) -> anyhow::Result<Vec<(String, i64, i64)>> {
        let tables: Vec<String> =
            sqlx::query_scalar("SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetch_all(&self.db).await?;
        let mut all = Vec::new();
        for table in tables {
            let query = format!("SELECT COUNT(*), pg_total_relation_size('{table}') FROM {table}");
            let (rows, bytes) = sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_one(&self.db).await?;
            all.push((table, rows, bytes));
        }
        Ok(all)
    }

    /// A new client with its own connections, which reaches every site through nginx.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(20));
        let client = client.tls_certs_only([reqwest::Certificate::from_pem(&self.certificate)?]);
        Ok(HOSTS.into_iter().fold(client, |it, host| it.resolve(host, self.nginx)).build()?)
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn configuration(fusionauth: &str, database: &str, folder: &Path) -> String {
    let site = |host: &str, application: &str, workflow: &str, id: &str, sibling: &str| {
        format!(
            "[[site]]\norigin = \"https://{host}.example.test\"\napplication = \"{application}\"\nworkflow = \"{workflow}\"\n\
             application_id = \"{id}\"\nfusionauth_origin = \"https://auth.example.test\"\nsibling = \"https://{sibling}.example.test\"\n"
        )
    };
    let limits: String =
        ["passwords", "passwords_by_address", "posts", "posts_by_address"].map(|it| format!("limit_{it} = \"1000000/60\"\n")).concat();
    format!(
        "fusionauth_url = \"{fusionauth}\"\ndatabase_url = \"{database}\"\ndist = \"{}\"\ndemo_data = true\nlog_format = \"json\"\n\
         trusted_proxies = [\"127.0.0.1\"]\nsession_idle = {TOKEN_LIFE_SECONDS}\n{limits}{}{}{}\
         [[site]]\norigin = \"https://auth.example.test\"\napplication = \"fusionauth\"\n",
        folder.join("dist").display(),
        site("shop", "store", "spa-local-storage", STORE, "forum"),
        site("forum", "forums", "spa-local-storage", FORUMS, "shop"),
        site("pages", "store", "webapp-session", STORE, "forum"),
    )
}

async fn start_instance(folder: &Path, port: u16) -> anyhow::Result<Child> {
    let log = || File::options().create(true).append(true).open(folder.join(format!("{port}.log")));
    let mut command = Command::new(env!("CARGO_BIN_EXE_storefront-server"));
    command.arg("--config").arg(folder.join("storefront.toml")).arg(format!("--listen=127.0.0.1:{port}"));
    command.env("FUSIONAUTH_API_KEY", API_KEY).env("RUST_LOG", "info").current_dir(folder);
    let child = command.stdout(Stdio::null()).stderr(log()?).kill_on_drop(true).spawn()?;
    wait_for(port, "an instance").await?;
    Ok(child)
}

async fn start_nginx(folder: &Path, listen: SocketAddr, plain: SocketAddr, backends: &[SocketAddr]) -> anyhow::Result<Child> {
    let here = folder.display();
    let upstreams: String = backends.iter().map(|it| format!("    server {it};\n")).collect();
    let mut site = include_str!("../../../deploy/nginx.conf").to_owned();
    for (published, own) in [
        ("    server 127.0.0.1:8081;\n    server 127.0.0.1:8082;\n", upstreams),
        ("listen 443 ssl http2;", format!("listen {listen} ssl http2;")),
        ("listen 80;", format!("listen {plain};")),
        ("/etc/ssl/certs/storefront.pem", format!("{here}/certificate.pem")),
        ("/etc/ssl/private/storefront.key", format!("{here}/key.pem")),
        ("server_name shop.example.test", "server_name pages.example.test shop.example.test".to_owned()),
        ("proxy_set_header Host $host;", "proxy_set_header Host $host:$server_port;".to_owned()),
    ] {
        ensure!(site.contains(published), "shop/deploy/nginx.conf has no `{published}`");
        site = site.replace(published, &own);
    }
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|it| format!("{it}_temp_path {here}/{it};")).concat();
    // nginx runs as a single process, because workers would outlive the master process, which is killed at the end of the run.
    let text = format!(
        "daemon off; master_process off; worker_rlimit_nofile 4096; pid {here}/pid; error_log {here}/nginx.log; \
         events {{ worker_connections 2048; }} http {{ access_log off; {temporary}\n{site} }}"
    );
    fs::write(folder.join("nginx.conf"), text)?;
    let nginx = std::env::var("NGINX").context("no NGINX")?;
    let mut command = Command::new(nginx);
    command.args(["-e", "stderr", "-p"]).arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    let child = command.stdout(Stdio::null()).stderr(File::create(folder.join("nginx-start.log"))?).kill_on_drop(true).spawn()?;
    wait_for(listen.port(), "nginx").await?;
    Ok(child)
}

async fn wait_for(port: u16, what: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        ensure!(began.elapsed() < Duration::from_secs(30), "{what} does not listen");
        tokio::time::sleep(Duration::from_millis(20)).await; // neither the server nor nginx tells this program when it listens
    }
    Ok(())
}
