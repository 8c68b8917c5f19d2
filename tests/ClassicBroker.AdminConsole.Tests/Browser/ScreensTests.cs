using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;
using ClassicBroker.Client;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Records;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.AdminConsole.Tests.Browser;

/// <summary>
/// Every screen in a real browser before three brokers under load: as admin and as read-only user, dark and light, wide and narrow. axe
/// must find nothing, no page may log an error, and hostile names and records must be text. Screenshots are kept as artifacts.
/// </summary>
public sealed class ScreensTests(LiveFixture live)
{
    private const string Hostile = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>\u0007\u202e";
    private const string Topic = "screens";
    private const int TailPerSecond = 10_000;
    private const string Group = $"group {Hostile}";

    private static readonly string[] Screens =
    [
        "overview", "brokers", "brokers?tab=defaults", "brokers/1", "brokers/1?tab=configs", "topics", "topics?internal=true&sort=size&desc=true",
        $"topics/{Topic}", $"topics/{Topic}/messages?from=oldest&control=true", $"topics/{Topic}/messages?from=live", $"topics/{Topic}/partitions",
        $"topics/{Topic}/consumers", $"topics/{Topic}/configs", $"topics/{Topic}/acls", "groups", $"groups/{Uri.EscapeDataString(Group)}",
        "transactions", "transactions?tab=hanging", $"transactions/{Uri.EscapeDataString($"tx {Hostile}")}", $"reassign?topics={Topic}", "acls", "users",
        "users?tab=quotas", "users?tab=tokens", "znodes", "znodes?path=/brokers/ids/0", "metrics", "no-such-page",
    ];

    private static readonly string Artifacts = Path.Combine(RepositoryLayout.Root, "artifacts", "console-screens");

    private static string Axe { get; } = Path.Combine(RepositoryLayout.NodeModules, "axe-core", "axe.min.js");

    [Fact]
    public async Task Every_screen_is_whole_for_admin_and_reader()
    {
        Assert.True(File.Exists(Axe), $"axe-core is missing: scripts/test.sh AdminConsole installs it to {RepositoryLayout.NodeModules}");
        Directory.CreateDirectory(Artifacts);
        await FillAsync();
        using var ending = new CancellationTokenSource();
        var load = LoadAsync(ending.Token);
        foreach (var (user, theme, width) in ((string, string, int)[])[(LiveCluster.Admin, "light", 1280), (LiveCluster.Reader, "dark", 420)])
        {
            await using var browser = await Chromium.StartAsync();
            await SignInAsync(browser, user, theme, width);
            foreach (var screen in Screens)
            {
                await VisitAsync(browser, screen, user);
            }

            await CheckRoleAsync(browser, user);
            Assert.Empty(browser.Faults);
        }

        await ending.CancelAsync();
        await load;
    }

    [Fact]
    public async Task An_operator_works_with_keyboard_and_dialogs()
    {
        await using var browser = await Chromium.StartAsync();
        await SignInAsync(browser, LiveCluster.Admin, "light", 1280);
        await browser.EvaluateAsync("location.hash = '#/topics'");
        await browser.WaitAsync("document.querySelector('input[type=search]')");
        await TypeAsync(browser, "/");
        await browser.WaitAsync("document.activeElement.type === 'search'");
        await ClickAsync(browser, "Create a topic");
        await browser.WaitAsync("document.querySelector('dialog[open]') && document.querySelector('dialog').contains(document.activeElement)");
        await SetAsync(browser, "dialog input", "by-hand");
        await browser.EvaluateAsync("document.querySelectorAll('dialog input')[1].focus()");
        await SetAsync(browser, "dialog .fields input", "2");
        await ClickAsync(browser, "Create", "dialog");
        await browser.WaitAsync("document.querySelector('h1')?.innerText === 'by-hand'");

        await ClickAsync(browser, "Produce");
        await SetAsync(browser, "dialog textarea", $"{{\"html\":\"{Hostile.Replace("\"", "\\\\\"", StringComparison.Ordinal)}\"}}");
        await ClickAsync(browser, "Produce", "dialog");
        await browser.WaitAsync("!document.querySelector('dialog[open]')");
        await browser.EvaluateAsync("location.hash = '#/topics/by-hand/messages?from=oldest'");
        await ClickAsync(browser, "0", "td.num");
        await browser.WaitAsync("document.querySelector('dialog pre')?.innerText.includes('onerror')");
        await ClickAsync(browser, "Close", "dialog");

        await ClickAsync(browser, "Delete");
        await browser.WaitAsync("document.querySelector('dialog[open] input')");
        Assert.True((bool)(await browser.EvaluateAsync("[...document.querySelectorAll('dialog button')].at(-1).disabled"))!);
        await SetAsync(browser, "dialog input", "by-hand");
        await ClickAsync(browser, "Delete", "dialog");
        await browser.WaitAsync("location.hash === '#/topics'");
        Assert.Equal(0, (int?)await browser.EvaluateAsync("window.hacked || 0"));
        Assert.Empty(browser.Faults);
    }

    [Fact]
    public async Task A_user_of_an_openid_provider_comes_back_signed_in_or_told_why_not()
    {
        await using var provider = await TestOpenIdProvider.StartAsync("localhost");
        await using var console = await TestConsole.StartAsync(
            live.Cluster, withZooKeeper: false, bootstrapServers: null, (ConsoleConfigKeys.SignIn, "oidc"), (ConsoleConfigKeys.OidcIssuer, provider.Issuer),
            (ConsoleConfigKeys.OidcClientId, TestOpenIdProvider.ClientId), (ConsoleConfigKeys.OidcClientSecret, TestOpenIdProvider.ClientSecret),
            (ConsoleConfigKeys.Readers, "*"));
        await using var browser = await Chromium.StartAsync();
        await browser.GoAsync(console.Address);
        provider.Claims = claims => claims["nonce"] = "of another sign-in";
        await ClickAsync(browser, "Sign in");
        await browser.WaitAsync("document.querySelector('[role=alert]')?.innerText.includes('proves nothing')");
        await CheckWithAxeAsync(browser, "sign-in at a provider");
        provider.Claims = _ => { };
        await ClickAsync(browser, "Sign in");
        await browser.WaitAsync("document.querySelector('.side .who')?.innerText.includes('read-only')");
        Assert.Empty(browser.Faults);
    }

    [Fact]
    public async Task A_live_tail_of_a_fast_topic_stays_small_and_keeps_its_rows()
    {
        // CLASSICBROKER_CONSOLE_TAIL has the seconds to follow; a minute is what it is meant to stand.
        var seconds = int.Parse(Environment.GetEnvironmentVariable("CLASSICBROKER_CONSOLE_TAIL") ?? "5");
        await using var admin = live.Cluster.NewAdmin();
        (await admin.CreateTopicsAsync([new NewTopic("torrent") { Partitions = 3, ReplicationFactor = 1 }]))[0].ThrowIfFailed();
        await using var browser = await Chromium.StartAsync();
        await SignInAsync(browser, LiveCluster.Reader, "light", 1280);
        await browser.EvaluateAsync("location.hash = '#/topics/torrent/messages?from=live'");
        await browser.WaitAsync("document.body.innerText.includes('Waiting for records')");
        await using var producer = live.Cluster.NewProducer();
        long sent = 0;
        var slowest = TimeSpan.Zero;
        var begunAt = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(begunAt) is var elapsed && elapsed.TotalSeconds < seconds)
        {
            for (var due = (long)(elapsed.TotalSeconds * TailPerSecond); sent < due; sent++)
            {
                await producer.SendAsync(new ProducerRecord<byte[]?, byte[]?>("torrent", null, Encoding.UTF8.GetBytes($"{{\"n\":{sent}}}")));
            }

            // A page that is busy answers late, and people see it stand still.
            var askedAt = TimeProvider.System.GetTimestamp();
            await browser.EvaluateAsync("new Promise(drawn => requestAnimationFrame(() => drawn(true)))");
            var answered = TimeProvider.System.GetElapsedTime(askedAt);
            slowest = answered > slowest ? answered : slowest;
            await Task.Delay(50, CancellationToken.None);
        }

        await producer.FlushAsync();
        await browser.WaitAsync($"document.body.innerText.includes('{sent.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} have come')");
        Assert.InRange((int)(await browser.EvaluateAsync("document.querySelectorAll('tbody tr').length"))!, 100, 500);
        await ClickAsync(browser, "Pause");
        var kept = (int)(await browser.EvaluateAsync("document.querySelectorAll('tbody tr').length"))!;
        await producer.ProduceAsync("torrent", null, "while paused"u8.ToArray());
        Assert.Equal(kept, (int)(await browser.EvaluateAsync("document.querySelectorAll('tbody tr').length"))!);
        await ClickAsync(browser, "Resume");
        await browser.WaitAsync("document.querySelector('tbody tr').innerText.includes('while paused')");
        var heap = (await browser.CallAsync("Performance.getMetrics"))["metrics"]!.AsArray()
            .Single(metric => (string?)metric!["name"] == "JSHeapUsedSize")!["value"]!;
        Assert.InRange((double)heap, 0, 200_000_000);
        Directory.CreateDirectory(Artifacts);
        await File.WriteAllTextAsync(
            Path.Combine(Artifacts, "live-tail.txt"),
            $"{sent} records in {seconds} s; heap of the page {(double)heap / 1e6:F1} MB; slowest answer of the page meanwhile {slowest.TotalMilliseconds:F0} ms\n",
            CancellationToken.None);
    }

    private async Task SignInAsync(Chromium browser, string user, string theme, int width)
    {
        await browser.CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = width,
            ["height"] = 900,
            ["deviceScaleFactor"] = 1,
            ["mobile"] = false,
        });
        await browser.CallAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(
                new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = theme }, new JsonObject { ["name"] = "prefers-reduced-motion", ["value"] = "reduce" }),
        });
        await browser.GoAsync(live.Console.Address);
        await browser.WaitAsync("document.querySelector('input[type=password]')");
        await CheckWithAxeAsync(browser, "sign-in");
        await SetAsync(browser, "input[type=text]", user);
        await SetAsync(browser, "input[type=password]", LiveCluster.Password);
        await ClickAsync(browser, "Sign in");
        await browser.WaitAsync("document.querySelector('.side')");
    }

    private async Task FillAsync()
    {
        await using var admin = live.Cluster.NewAdmin();
        (await admin.CreateTopicsAsync([new NewTopic(Topic) { Partitions = 3, ReplicationFactor = 3 }]))[0].ThrowIfFailed();
        await using var producer = live.Cluster.NewProducer();
        foreach (var text in (string[])[Hostile, "{\"total\":3}", new string('x', 100_000)])
        {
            await producer.ProduceAsync(new ProducerRecord<byte[]?, byte[]?>(Topic, Encoding.UTF8.GetBytes(text[..Math.Min(text.Length, 90)]), Encoding.UTF8.GetBytes(text))
            {
                Headers = [new RecordHeader(Hostile, Encoding.UTF8.GetBytes(Hostile)), new RecordHeader("binary", new byte[] { 0xff, 0xfe, 0 })],
            });
        }

        await producer.ProduceAsync(Topic, null, new byte[10_000_000]);
        await producer.ProduceAsync(Topic, [0xff, 0x00], null);
        await live.Cluster.CommitAsync(Group, new(Topic, 0), new(0, -1, Hostile));
        (await admin.CreateAclsAsync(
            [(new AclResource(AclResourceType.Topic, Topic, AclPatternType.Literal), new AclEntry($"User:{Hostile}", AclPermission.Allow, "*", AclOperation.Read))]))[0]
            .ThrowIfFailed();
        await admin.AlterClientQuotasAsync([new ClientQuotaPart("client-id", Hostile)], new Dictionary<string, double?> { ["producer_byte_rate"] = 1_000_000_000 });
        await using var transacted = new KafkaProducer<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = live.Cluster.BootstrapServers, TransactionalId = $"tx {Hostile}" }, Serdes.ByteArray, Serdes.ByteArray, live.Cluster.Network.Clients);
        await transacted.InitTransactionsAsync();
        transacted.BeginTransaction();
        await transacted.ProduceAsync(Topic, null, "in a transaction"u8.ToArray());
        await transacted.CommitTransactionAsync();
    }

    private async Task LoadAsync(CancellationToken ending)
    {
        await using var producer = live.Cluster.NewProducer();
        while (!ending.IsCancellationRequested)
        {
            await producer.ProduceAsync(Topic, "load"u8.ToArray(), "load"u8.ToArray(), CancellationToken.None);
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static async Task VisitAsync(Chromium browser, string screen, string user)
    {
        await browser.EvaluateAsync($"location.hash = {JsonValue.Create($"#/{screen}").ToJsonString()}");
        // The pages' own sign that they load; what is refused to a reader is told, not left blank.
        await browser.WaitAsync("document.querySelector('main')?.dataset.route === location.hash && document.querySelector('main h1') && ![...document.querySelectorAll('main [role=status]')].some(s => s.innerText === 'Loading…')");
        Assert.Equal(0, (int?)await browser.EvaluateAsync("window.hacked || 0"));
        var alerts = (string?)await browser.EvaluateAsync("[...document.querySelectorAll('main [role=alert]')].map(a => a.innerText).join()");
        Assert.True(alerts is "" || screen.Contains("tokens", StringComparison.Ordinal), $"{screen} as {user}: {alerts}");
        var name = new string([.. screen.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-')]);
        await File.WriteAllBytesAsync(Path.Combine(Artifacts, $"{user}-{name[..Math.Min(name.Length, 60)]}.png"), await browser.ScreenshotAsync(), CancellationToken.None);
        await CheckWithAxeAsync(browser, $"{screen} as {user}");
        Assert.True(
            (bool)(await browser.EvaluateAsync("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))!, $"{screen} is wider than the window");
    }

    private static async Task CheckWithAxeAsync(Chromium browser, string screen)
    {
        if ((bool?)await browser.EvaluateAsync("Boolean(window.axe)") != true)
        {
            await browser.EvaluateAsync(await File.ReadAllTextAsync(Axe, CancellationToken.None) + ";true");
        }

        var found = (string?)await browser.EvaluateAsync(
            "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(r => r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary).slice(0, 3).join(' | ')).join('\\n'))");
        Assert.True(found is "", $"{screen}:\n{found}");
    }

    private static async Task CheckRoleAsync(Chromium browser, string user)
    {
        await browser.EvaluateAsync("location.hash = '#/topics'");
        await browser.WaitAsync("document.querySelector('tbody tr')");
        Assert.Equal(
            user == LiveCluster.Admin, (bool)(await browser.EvaluateAsync("[...document.querySelectorAll('button')].some(b => b.innerText === 'Create a topic')"))!);
    }

    private static async Task ClickAsync(Chromium browser, string text, string within = "body")
    {
        var button = $"[...document.querySelectorAll('{within} button')].filter(b => b.innerText.trim() === {JsonValue.Create(text).ToJsonString()}).at(-1)";
        await browser.WaitAsync($"{button} && !{button}.disabled");
        await browser.EvaluateAsync($"{button}.click()");
    }

    private static async Task SetAsync(Chromium browser, string selector, string text)
    {
        await browser.WaitAsync($"document.querySelector('{selector}')");
        await browser.EvaluateAsync(
            $"(() => {{ const e = document.querySelector('{selector}'); e.focus(); e.value = {JsonValue.Create(text).ToJsonString()}; e.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()");
    }

    private static async Task TypeAsync(Chromium browser, string key)
    {
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            await browser.CallAsync("Input.dispatchKeyEvent", new JsonObject { ["type"] = type, ["key"] = key, ["text"] = key });
        }
    }
}
