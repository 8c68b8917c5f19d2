using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Sessions.Oidc;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>
/// Sign-in at an OpenID provider: the two addresses that a browser visits by itself, so that they answer with where to go next. Stateless.
/// </summary>
internal static class OidcApi
{
    private const string BeginPath = "/api/oidc/begin";
    private const string EndPath = "/api/oidc/end";

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.GetRaw(BeginPath, "Sends the browser to the OpenID provider", "", BeginAsync, role: null);
        routes.GetRaw(
            EndPath, "Begins the session that the OpenID provider's answer proves", "state code iss error", EndAsync, role: null);
    }

    private static async Task BeginAsync(ConsoleCall call)
    {
        var provider = Provider(call);
        var signIn = provider.Pending.Begin(ReturnAddress(call));
        try
        {
            var address = await provider.AddressAsync(signIn);
            call.Http.Response.Cookies.Append(CookieOf(call), signIn.Browser, Options(call));
            call.Http.Response.Redirect(address);
        }
        catch (OidcException failure)
        {
            Refuse(call, failure);
        }
    }

    private static async Task EndAsync(ConsoleCall call)
    {
        var provider = Provider(call);
        var limit = call.Services.Limit;
        try
        {
            if (limit.IsReached(call.Address))
            {
                throw new OidcException(OidcFailure.Refused, "there were too many attempts from this address");
            }

            var browser = call.Http.Request.Cookies[CookieOf(call)];
            call.Http.Response.Cookies.Delete(CookieOf(call), Options(call));
            var signIn = provider.Pending.Take(call.Text("state") ?? "", browser ?? "")
                ?? throw new OidcException(OidcFailure.Expired, "its state is not that of a sign-in which this browser has begun");
            var code = call.Text("code")
                ?? throw new OidcException(OidcFailure.Refused, $"the provider answers with the error {call.Text("error") ?? "-"}");
            var (user, names) = await provider.RedeemAsync(signIn, code, call.Text("iss"));
            var role = call.Services.Config.RoleOf(names)
                ?? throw new OidcException(OidcFailure.Role, $"{user} has no role here");
            SessionApi.Begin(call, user, role);
            call.Http.Response.Redirect("/");
        }
        catch (OidcException failure)
        {
            // What the provider was not asked for costs it nothing, and must not keep others of this address out.
            if (failure.Failure != OidcFailure.Expired)
            {
                limit.Failed(call.Address);
            }

            Refuse(call, failure);
        }
    }

    private static OidcProvider Provider(ConsoleCall call) =>
        call.Services.Oidc ?? throw ApiException.NotFound("Users of this console do not sign in at an OpenID provider.");

    private static void Refuse(ConsoleCall call, OidcException failure)
    {
        call.Services.Audit.SignInFailed($"(oidc: {failure.Message})", call.Address);
        call.Http.Response.Redirect($"/#/sign-in?failure={failure.Failure.ToString().ToLowerInvariant()}");
    }

    /// <summary>Where the provider answers: as users reach the console. The host is one of the console's own, or the request had been
    /// refused.</summary>
    private static string ReturnAddress(ConsoleCall call) =>
        $"{call.Services.Config.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"http://{call.Http.Request.Host}"}{EndPath}";

    private static string CookieOf(ConsoleCall call) => $"{ConsoleRequests.CookieOf(call.Http)}-oidc";

    /// <summary>The provider's answer is a visit that another site began: cookies that are stricter would not come with it.</summary>
    private static CookieOptions Options(ConsoleCall call) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = call.Services.Config.PublicUrl?.Scheme == "https",
        Path = "/api/oidc",
        MaxAge = PendingSignIns.Life,
    };
}
