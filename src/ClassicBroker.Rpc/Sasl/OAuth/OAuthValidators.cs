using ClassicBroker.Platform;

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

    /// <summary>Takes tokens signed by a key of the file that <paramref name="settings"/> name, read once.</summary>
    /// <exception cref="JaasException">The keys cannot be read.</exception>
    public static ISaslServerMechanism Signed(OAuthSettings settings, IFileSystem files, TimeProvider time) =>
        new OAuthBearerServerMechanism(new JwksTokenValidator(Keys(settings, files), time)
        {
            Issuer = settings.Issuer,
            Audiences = settings.Audiences,
            PrincipalClaim = settings.PrincipalClaim,
            ScopeClaim = settings.ScopeClaim,
            ClockSkew = settings.ClockSkew,
        });

    private static IReadOnlyList<JsonWebKey> Keys(OAuthSettings settings, IFileSystem files)
    {
        var path = Path(settings);
        if (files.DirectoryExists(path))
        {
            throw new JaasException($"The OAuth configuration option {UrlKey} references a directory ({path}), not a file");
        }

        if (!files.FileExists(path))
        {
            throw new JaasException($"The OAuth configuration option {UrlKey} contains a file ({path}) that doesn't exist");
        }

        try
        {
            using var file = files.Open(path, FileOpenMode.Read);
            var bytes = new byte[file.Length];
            return JwksTokenValidator.ParseKeys(bytes[..file.Read(bytes, 0)]);
        }
        catch (Exception unusable) when (unusable is StorageException or FormatException)
        {
            throw new JaasException(
                "The OAuth validator configuration encountered an error when initializing the VerificationKeyResolver: "
                + $"{path} holds no keys: {unusable.Message}");
        }
    }

    private static string Path(OAuthSettings settings)
    {
        var url = settings.JwksUrl ?? throw new JaasException($"The OAuth configuration option {UrlKey} value must be non-null");
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon > 0 ? url[..colon].ToLowerInvariant() : null;
        return scheme switch
        {
            null => throw new JaasException(
                $"The OAuth configuration option {UrlKey} contains a URL ({url}) that is malformed: no protocol: {url}"),
            "file" => FilePath(url[(colon + 1)..]),
            "http" or "https" when settings.AllowedUrls is { } allowed && !allowed.Split(',').Contains(url) => throw new JaasException(
                $"{url} is not allowed. Update system property '{AllowedUrlsProperty}' to allow {url}"),
            "http" or "https" => throw new JaasException(
                $"The OAuth configuration option {UrlKey} contains a URL ({url}): keys are read from files only here, by file:"),
            _ => throw new JaasException(
                $"The OAuth configuration option {UrlKey} contains a URL ({url}) that contains an invalid protocol ({scheme}); only "
                + "\"http\", \"https\", and \"file\" protocol are supported"),
        };
    }

    private static string FilePath(string rest) => rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;
}
