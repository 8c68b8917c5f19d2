using System.Text.RegularExpressions;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Makes logins by OAUTHBEARER of login modules. Stateless.</summary>
internal static partial class OAuthBearerLogins
{
    private const string UrlKey = "sasl.oauthbearer.token.endpoint.url";
    private const string ExtensionPrefix = "extension_";

    /// <summary>With tokens that prove nothing, or of the endpoint that the surroundings name.</summary>
    /// <exception cref="JaasException">The options do not make a token, or do not have one made.</exception>
    public static OAuthBearerLogin Of(JaasEntry entry, LoginSurroundings surroundings)
    {
        if (surroundings.TokenEndpoint is not { } settings)
        {
            var unsecured = new UnsecuredTokens(entry.Options, surroundings.Time);
            return new OAuthBearerLogin(unsecured, unsecured.Extensions);
        }

        var url = OAuthUrl.Parse(UrlKey, settings.Url, settings.AllowedUrls, surroundings.Files);
        var tls = OAuthTls.Load(entry.Options, surroundings.Files);
        ITokenRetriever retriever = url.Address is { } address
            ? new EndpointTokenRetriever(address, settings, entry.Options, tls, surroundings.Http)
            : new FileTokenRetriever(url.File!, surroundings.Files);
        return new OAuthBearerLogin(
            new RetrievedTokens(retriever, settings, surroundings.Http.Loop, surroundings.Random), Extensions(entry));
    }

    /// <summary>The options that the broker is told beside the token (KIP-342), each ended by <c>%x01</c>.</summary>
    private static string Extensions(JaasEntry entry)
    {
        var extensions = entry.Options
            .Where(option => option.Key.StartsWith(ExtensionPrefix, StringComparison.Ordinal))
            .Select(option => (Name: option.Key[ExtensionPrefix.Length..], option.Value))
            .ToList();
        foreach (var (name, value) in extensions)
        {
            if (name == "auth" || !Name().IsMatch(name) || !Value().IsMatch(value))
            {
                throw new JaasException(
                    $"The option {ExtensionPrefix}{name} of the login module is no extension that a broker could be told");
            }
        }

        return string.Concat(extensions.Select(extension => $"{extension.Name}={extension.Value}\u0001"));
    }

    [GeneratedRegex(@"\A[A-Za-z]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[\x21-\x7E \t\r\n]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Value();
}
