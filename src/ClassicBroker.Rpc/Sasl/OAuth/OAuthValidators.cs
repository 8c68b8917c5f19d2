using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>The mechanism OAUTHBEARER as a broker configures it. Stateless.</summary>
public static class OAuthValidators
{
    /// <summary>The system property of Java that names the URLs that may be asked for keys.</summary>
    public const string AllowedUrlsProperty = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

    private const string UrlKey = "sasl.oauthbearer.jwks.endpoint.url";

    /// <summary>Takes tokens without signature. <paramref name="options"/> are those of the login module.</summary>
    /// <exception cref="JaasException">An option is wrong.</exception>
    public static ISaslServerMechanism Unsecured(IReadOnlyDictionary<string, string> options, TimeProvider time) =>
        new OAuthBearerServerMechanism(new UnsecuredTokenValidator(options, time));

    /// <summary>Takes tokens signed by a key of the file, read once, or of the endpoint that <paramref name="settings"/> name.</summary>
    /// <param name="settings">What is asked of tokens.</param>
    /// <param name="options">The options of the login module.</param>
    /// <param name="files">Where files lie.</param>
    /// <param name="time">Until when tokens hold.</param>
    /// <param name="endpoints">The endpoint for settings, which is started by who has it.</param>
    /// <exception cref="JaasException">The keys cannot be read.</exception>
    public static ISaslServerMechanism Signed(
        OAuthSettings settings,
        IReadOnlyDictionary<string, string> options,
        IFileSystem files,
        TimeProvider time,
        Func<JwksEndpointSettings, JwksEndpoint> endpoints)
    {
        var url = OAuthUrl.Parse(UrlKey, settings.JwksUrl, settings.AllowedUrls, files);
        IVerificationKeys keys = url.Address is { } address
            ? endpoints(settings.Endpoint(address) with { TlsOptions = OAuthTls.Of(options) })
            : new FixedKeys(KeysOf(url.File!, files));
        return new OAuthBearerServerMechanism(new JwksTokenValidator(keys, time)
        {
            Issuer = settings.Issuer,
            Audiences = settings.Audiences,
            PrincipalClaim = settings.PrincipalClaim,
            ScopeClaim = settings.ScopeClaim,
            ClockSkew = settings.ClockSkew,
        });
    }

    /// <summary>An endpoint that is not started yet.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="options">The options of the login module, of which those of TLS count.</param>
    /// <param name="files">Where stores lie.</param>
    /// <param name="http">Asks it.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <exception cref="JaasException">A store cannot be read.</exception>
    public static JwksEndpoint Endpoint(
        JwksEndpointSettings settings,
        IReadOnlyDictionary<string, string> options,
        IFileSystem files,
        HttpRequester http,
        ILoggerFactory loggers) =>
        new(settings, OAuthTls.Load(options, files), http, loggers.CreateLogger<JwksEndpoint>());

    private static IReadOnlyList<JsonWebKey> KeysOf(string path, IFileSystem files)
    {
        try
        {
            return JwksTokenValidator.ParseKeys(files.ReadAllBytes(path));
        }
        catch (Exception unusable) when (unusable is StorageException or FormatException)
        {
            throw new JaasException(
                "The OAuth validator configuration encountered an error when initializing the VerificationKeyResolver: "
                + $"{path} holds no keys: {unusable.Message}");
        }
    }
}
