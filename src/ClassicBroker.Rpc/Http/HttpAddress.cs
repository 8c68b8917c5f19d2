namespace ClassicBroker.Rpc.Http;

/// <summary>Where a URL of <c>http</c> or <c>https</c> points. Immutable.</summary>
public sealed record HttpAddress
{
    private HttpAddress(string url, Uri uri)
    {
        Url = url;
        IsTls = uri.Scheme == Uri.UriSchemeHttps;
        Host = uri.IdnHost;
        Port = uri.Port;
        Target = uri.PathAndQuery;
        var name = uri.HostNameType == UriHostNameType.IPv6 ? $"[{Host}]" : Host;
        Authority = uri.IsDefaultPort ? name : $"{name}:{uri.Port}";
    }

    /// <summary>As it was given.</summary>
    public string Url { get; }

    public bool IsTls { get; }

    public string Host { get; }

    public int Port { get; }

    /// <summary>Path and query, as the request line has them.</summary>
    public string Target { get; }

    /// <summary>Host and port, as the field <c>Host</c> has them.</summary>
    public string Authority { get; }

    /// <exception cref="FormatException">It is no such URL, or one with a user's name or password.</exception>
    public static HttpAddress Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new FormatException("it is no URL of http or https");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw new FormatException("it holds the name or the password of a user");
        }

        var address = new HttpAddress(url, uri);
        return address.Target.All(letter => letter is > ' ' and <= '~')
            ? address
            : throw new FormatException("it holds characters that no URL has");
    }
}
