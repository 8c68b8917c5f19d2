using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Api;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Tests.Live;

namespace ClassicBroker.AdminConsole.Tests.Api;

/// <summary>Who gets in, with which role, and what keeps other sites out.</summary>
public sealed class AccessTests(LiveFixture live)
{
    private static readonly ConsoleRoutes Routes = AllRoutes();

    [Fact]
    public async Task Without_sign_in_no_route_answers()
    {
        using var browser = live.Console.NewBrowser();
        foreach (var route in Routes.All.Where(route => route.Role is not null))
        {
            using var request = new HttpRequestMessage(new HttpMethod(route.Method), route.Path);
            if (route.Takes is not null)
            {
                request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            }

            using var response = await browser.Http.SendAsync(request);
            Assert.Equal((route.Path, HttpStatusCode.Unauthorized), (route.Path, response.StatusCode));
        }

        Assert.Null((await browser.GetAsync("/api/session"))["user"]);
    }

    [Fact]
    public async Task A_session_that_is_made_up_is_none()
    {
        using var browser = live.Console.NewBrowser();
        browser.Cookies.Add(new Uri(live.Console.Address), new Cookie($"classicbroker-console-{new Uri(live.Console.Address).Port}", "made-up"));
        await browser.GetRefusedAsync("/api/overview", HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(LiveCluster.Reader, ConsoleRole.ReadOnly)]
    [InlineData(LiveCluster.Operator, ConsoleRole.Operator)]
    public async Task A_role_may_do_no_more_than_it_may(string user, ConsoleRole role)
    {
        using var browser = await live.Console.SignInAsync(user);
        Assert.Equal(ConsoleRequests.NameOf(role), (string?)(await browser.GetAsync("/api/session"))["role"]);
        var beyond = Routes.All.Where(route => route.Role > role).ToArray();
        Assert.NotEmpty(beyond);
        foreach (var route in beyond)
        {
            var problem = await browser.PostAsync(route.Path, new JsonObject(), HttpStatusCode.Forbidden);
            Assert.Contains("needs the role", (string?)problem["message"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Everything_that_changes_something_needs_more_than_read_only()
    {
        Assert.All(
            Routes.All.Where(route => route.Takes is not null && route.Path is not ("/api/sign-in" or "/api/sign-out")),
            route => Assert.True(route.Role > ConsoleRole.ReadOnly, route.Path));
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        Assert.Equal("admin", (string?)(await browser.GetAsync("/api/session"))["role"]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"name\":null,\"acl\":{},\"partitions\":[{}],\"entity\":[{}],\"names\":[null],\"topics\":[null],\"offsets\":[{}]}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"name\":")]
    public async Task An_order_that_lacks_something_is_refused_and_breaks_nothing(string body)
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        foreach (var route in Routes.All.Where(route => route.Takes is not null && route.Path is not ("/api/sign-in" or "/api/sign-out")))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, route.Path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("X-CSRF-Token", browser.Csrf);
            using var response = await browser.Http.SendAsync(request);
            // What can be left out altogether is done: a throttle is cleared.
            Assert.True(
                response.StatusCode == HttpStatusCode.BadRequest || (route.Path == "/api/reassignments/throttle" && body.StartsWith('{')),
                $"{route.Path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task A_change_without_the_sessions_token_is_refused(string? token)
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        browser.Csrf = token;
        var problem = await browser.PostAsync("/api/topics", new JsonObject { ["name"] = "forged" }, HttpStatusCode.Forbidden);
        Assert.Contains("X-CSRF-Token", (string?)problem["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_page_of_another_site_changes_nothing(string header, string value)
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        browser.Http.DefaultRequestHeaders.Add(header, value);
        await browser.PostAsync("/api/topics", new JsonObject { ["name"] = "forged" }, HttpStatusCode.Forbidden);
        await browser.PostAsync("/api/sign-in", new JsonObject { ["user"] = "x", ["secret"] = "y" }, HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_form_of_another_site_has_the_wrong_type()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Admin);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/topics") { Content = new StringContent("{\"name\":\"forged\"}") };
        request.Headers.Add("X-CSRF-Token", browser.Csrf);
        using var response = await browser.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task A_name_that_was_made_to_lead_here_is_refused()
    {
        using var browser = live.Console.NewBrowser();
        browser.Http.DefaultRequestHeaders.Host = "rebound.example";
        await browser.GetRefusedAsync("/api/session", HttpStatusCode.MisdirectedRequest);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/js/main.js")]
    [InlineData("/api/session")]
    [InlineData("/api/overview")]
    [InlineData("/nothing")]
    public async Task Every_answer_tells_browsers_to_run_nothing_foreign(string path)
    {
        using var browser = live.Console.NewBrowser();
        using var response = await browser.Http.GetAsync(path);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["DENY"], response.Headers.GetValues("X-Frame-Options"));
    }

    [Fact]
    public async Task Every_file_of_the_pages_is_served_with_its_type_and_again_only_when_it_changed()
    {
        using var browser = live.Console.NewBrowser();
        var paths = new ConsoleAssets().Paths.ToArray();
        Assert.Contains("/vendor/preact.js", paths);
        foreach (var path in paths)
        {
            using var response = await browser.Http.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.OK), (path, response.StatusCode));
            Assert.Equal(
                Path.GetExtension(path) switch { ".js" => "text/javascript", ".css" => "text/css", ".html" => "text/html", ".svg" => "image/svg+xml", _ => "text/plain" },
                response.Content.Headers.ContentType!.MediaType);
            using var again = new HttpRequestMessage(HttpMethod.Get, path);
            again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
            using var unchanged = await browser.Http.SendAsync(again);
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        }
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_other_sites()
    {
        using var handler = new HttpClientHandler { UseCookies = false };
        using var http = new HttpClient(handler) { BaseAddress = new Uri(live.Console.Address) };
        using var body = new StringContent(
            new JsonObject { ["user"] = LiveCluster.Reader, ["secret"] = LiveCluster.Password }.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync("/api/sign-in", body);
        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(LiveCluster.Admin, "wrong password")]
    [InlineData("unknown", LiveCluster.Password)]
    [InlineData("stranger", LiveCluster.Password)]
    [InlineData("ada\" password=\"x", LiveCluster.Password)]
    [InlineData("ada\n", LiveCluster.Password)]
    public async Task Who_is_no_user_with_a_role_does_not_get_in(string user, string password)
    {
        await using var console = await TestConsole.StartAsync(live.Cluster);
        using var browser = console.NewBrowser();
        await browser.PostAsync("/api/sign-in", new JsonObject { ["user"] = user, ["secret"] = password }, HttpStatusCode.Unauthorized);
        await browser.GetRefusedAsync("/api/overview", HttpStatusCode.Unauthorized);
        Assert.Contains(console.Log.Lines.ToArray(), line => line.Contains("sign-in failed", StringComparison.Ordinal));
        Assert.DoesNotContain(console.Log.Lines.ToArray(), line => line.Contains(password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guessing_a_password_is_held_up()
    {
        await using var console = await TestConsole.StartAsync(live.Cluster);
        using var browser = console.NewBrowser();
        var guess = new JsonObject { ["user"] = "guessed", ["secret"] = "" };
        for (var i = 0; i < 5; i++)
        {
            await browser.PostAsync("/api/sign-in", guess, HttpStatusCode.Unauthorized);
        }

        await browser.PostAsync("/api/sign-in", guess, HttpStatusCode.TooManyRequests);
        await browser.SignInAsync(LiveCluster.Admin, LiveCluster.Password);
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Reader);
        await browser.GetAsync("/api/overview");
        var cookies = browser.Cookies.GetCookies(new Uri(live.Console.Address)).ToArray();
        await browser.PostAsync("/api/sign-out", new JsonObject());
        browser.Cookies.Add(new Uri(live.Console.Address), new Cookie(cookies[0].Name, cookies[0].Value));
        await browser.GetRefusedAsync("/api/overview", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_signs_in_once_and_the_next_is_logged()
    {
        await using var console = await TestConsole.StartAsync(live.Cluster, properties: [(ConsoleConfigKeys.SignIn, "token"), (ConsoleConfigKeys.TokenRole, "operator")]);
        var tokens = () => console.Log.Lines.ToArray().Where(line => line.Contains("token=", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf("token=", StringComparison.Ordinal) + 6)..].Trim()).ToArray();
        var first = Assert.Single(tokens());
        using var browser = console.NewBrowser();
        Assert.Equal("token", (string?)(await browser.GetAsync("/api/session"))["signIn"]);
        Assert.Equal("operator", (string?)(await browser.SignInAsync("", first))["role"]);
        await browser.PostAsync("/api/sign-in", new JsonObject { ["secret"] = first }, HttpStatusCode.Unauthorized);
        await browser.SignInAsync("", tokens()[1]);
    }

    [Fact]
    public async Task What_is_done_and_what_is_refused_is_in_the_audit_log()
    {
        using var admin = await live.Console.SignInAsync(LiveCluster.Admin);
        using var reader = await live.Console.SignInAsync(LiveCluster.Reader);
        await admin.PostAsync("/api/topics", new JsonObject { ["name"] = "audited", ["partitions"] = 1, ["replicationFactor"] = 1 });
        await reader.PostAsync("/api/topics", new JsonObject { ["name"] = "not-mine" }, HttpStatusCode.Forbidden);
        var lines = live.Console.Log.Lines.ToArray();
        Assert.Contains(lines, line => line.Contains("ada at 127.0.0.1: create topic audited", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("rita at 127.0.0.1: POST /api/topics refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_document_describes_every_route()
    {
        using var browser = await live.Console.SignInAsync(LiveCluster.Reader);
        var document = await browser.GetAsync("/api/openapi.json");
        Assert.Equal("3.1.0", (string?)document["openapi"]);
        var described = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key} {path.Key}"));
        Assert.Equal(Routes.All.Select(route => $"{route.Method.ToLowerInvariant()} {route.Path}").Order(), described.Order());
        Assert.NotNull(document["paths"]!["/api/topics"]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["properties"]!["rows"]);
    }

    private static ConsoleRoutes AllRoutes()
    {
        var routes = new ConsoleRoutes();
        ConsoleApi.AddTo(routes);
        return routes;
    }
}
