using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.ZooKeeper.Server.Access;

/// <summary>The digest scheme: ids are <c>user:base64(sha1(user:password))</c>, credentials <c>user:password</c>.</summary>
internal static class DigestScheme
{
    public const string Name = "digest";

    /// <summary>The identity that credentials prove.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "The digest is ZooKeeper's; it is compared with what clients stored.")]
    public static AuthId Identify(ReadOnlySpan<byte> credentials)
    {
        var text = Encoding.UTF8.GetString(credentials);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var user = colon < 0 ? text : text[..colon];
        return new AuthId(Name, $"{user}:{Convert.ToBase64String(SHA1.HashData(credentials))}");
    }

    public static bool IsValidId(string id) => id.Split(':').Length == 2;

    public static string Mask(string id) => id[..(id.IndexOf(':', StringComparison.Ordinal) + 1)] + "x";
}
