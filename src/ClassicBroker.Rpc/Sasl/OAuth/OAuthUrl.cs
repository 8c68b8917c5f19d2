using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// The value of a key that says where tokens or keys come from: a file, or a server of HTTP. One of the two is null. Immutable.
/// </summary>
internal sealed record OAuthUrl(string? File, HttpAddress? Address)
{
    /// <exception cref="JaasException">It is neither, in Kafka's words.</exception>
    /// <param name="key">The key.</param>
    /// <param name="url">Its value; null where it is not set.</param>
    /// <param name="allowed">The value of <see cref="OAuthValidators.AllowedUrlsProperty"/>; null where it is not set.</param>
    /// <param name="files">Where files lie.</param>
    public static OAuthUrl Parse(string key, string? url, string? allowed, IFileSystem files)
    {
        if (string.IsNullOrEmpty(url))
        {
            throw new JaasException($"The OAuth configuration option {key} value must be non-null");
        }

        var colon = url.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon > 0 ? url[..colon].ToLowerInvariant() : null;
        return scheme switch
        {
            null => throw new JaasException(
                $"The OAuth configuration option {key} contains a URL ({url}) that is malformed: no protocol: {url}"),
            "file" => new(Existing(key, FilePath(url[(colon + 1)..]), files), null),
            "http" or "https" when allowed is not null && !allowed.Split(',', StringSplitOptions.TrimEntries).Contains(url) =>
                throw new JaasException(
                    $"{url} is not allowed. Update system property '{OAuthValidators.AllowedUrlsProperty}' to allow {url}"),
            "http" or "https" => new(null, AddressIn(key, url)),
            _ => throw new JaasException(
                $"The OAuth configuration option {key} contains a URL ({url}) that contains an invalid protocol ({scheme}); only "
                + "\"http\", \"https\", and \"file\" protocol are supported"),
        };
    }

    private static HttpAddress AddressIn(string key, string url)
    {
        try
        {
            return HttpAddress.Parse(url);
        }
        catch (FormatException malformed)
        {
            // The URL itself may hold what is wrong with it: a password.
            throw new JaasException($"The OAuth configuration option {key} contains a URL that cannot be asked: {malformed.Message}");
        }
    }

    private static string FilePath(string rest) => rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;

    private static string Existing(string key, string path, IFileSystem files)
    {
        if (files.DirectoryExists(path))
        {
            throw new JaasException($"The OAuth configuration option {key} references a directory ({path}), not a file");
        }

        return files.FileExists(path)
            ? path
            : throw new JaasException($"The OAuth configuration option {key} contains a file ({path}) that doesn't exist");
    }
}
