using System.Text;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// Where delegation tokens and the notices of their changes live, and what they hold (KIP-48, KIP-373). A notice is the id of a token that
/// is to be read again.
/// </summary>
public static class DelegationTokenZnode
{
    public const string ParentPath = "/delegation_token/tokens";

    public const string ChangesPath = "/delegation_token/token_changes";

    public const string ChangeSequencePrefix = "token_change_";

    private const int Version = 3;

    /// <summary>The last version without the requester, who is then the owner.</summary>
    private const int VersionWithoutRequester = 2;

    public static string Path(string tokenId) => $"{ParentPath}/{ZnodeName.Of("delegation token", tokenId)}";

    public static byte[] Encode(StoredToken token) =>
        ZnodeWriter.Object(json =>
        {
            json.WriteNumber("issueTimestamp", token.IssuedAtMs);
            json.WriteTexts("renewers", token.Renewers.Select(Sanitizer.Sanitize));
            json.WriteString("tokenRequester", Sanitizer.Sanitize(token.Requester));
            json.WriteString("tokenId", token.Id);
            json.WriteString("owner", Sanitizer.Sanitize(token.Owner));
            json.WriteNumber("expiryTimestamp", token.ExpiresAtMs);
            json.WriteNumber("maxTimestamp", token.MaxMs);
            json.WriteNumber("version", Version);
        });

    /// <exception cref="MalformedDataException">The data is no token of that id.</exception>
    public static StoredToken Decode(string tokenId, byte[] data)
    {
        var json = ZnodeReader.Parse(Path(tokenId), data);
        var version = json.Int("version");
        if (version is < 1 or > Version)
        {
            throw json.Wrong("version", $"between 1 and {Version}");
        }

        if (json.Text("tokenId") != tokenId)
        {
            throw json.Wrong("tokenId", "the name of its znode");
        }

        var owner = Principal("owner", json.Text("owner"));
        return new(
            tokenId,
            owner,
            version <= VersionWithoutRequester ? owner : Principal("tokenRequester", json.Text("tokenRequester")),
            [.. json.Texts("renewers").Select(renewer => Principal("renewers", renewer))],
            json.Long("issueTimestamp"),
            json.Long("expiryTimestamp"),
            json.Long("maxTimestamp"));

        string Principal(string name, string sanitized)
        {
            try
            {
                if (Sanitizer.Desanitize(sanitized) is var principal && principal.Contains(':', StringComparison.Ordinal))
                {
                    return principal;
                }
            }
            catch (MalformedDataException)
            {
                throw json.Wrong(name, "in percent encoding");
            }

            throw json.Wrong(name, "a type and a name");
        }
    }

    /// <summary>Where a change of a token is told, and how.</summary>
    public static (string PathPrefix, byte[] Data) Change(string tokenId) =>
        ($"{ChangesPath}/{ChangeSequencePrefix}", Encoding.UTF8.GetBytes(tokenId));

    /// <summary>The token a notice names.</summary>
    /// <exception cref="MalformedDataException">It names none.</exception>
    public static string DecodeChange(string name, byte[] data)
    {
        var id = Encoding.UTF8.GetString(data);
        return ZnodeName.IsValid(id) ? id : throw new MalformedDataException($"Notification {name} names no delegation token: {id}");
    }
}
