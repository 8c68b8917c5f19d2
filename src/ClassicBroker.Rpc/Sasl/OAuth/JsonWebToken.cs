using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// A signed token in its compact form (RFC 7515), taken apart and not yet believed:
/// <code>
/// token  base64url(header) "." base64url(claims) "." base64url(signature)     header and claims are JSON objects
/// </code>
/// Immutable.
/// </summary>
internal sealed class JsonWebToken
{
    private const int PartCount = 3;

    private JsonWebToken(string[] parts)
    {
        Signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        Header = Object(parts[0]);
        Claims = Object(parts[1]);
        Signature = Bytes(parts[2]);
    }

    public JsonElement Header { get; }

    public JsonElement Claims { get; }

    public byte[] Signature { get; }

    /// <summary>What the signature is about.</summary>
    public byte[] Signed { get; }

    public string? Algorithm => Text(Header, "alg");

    /// <exception cref="TokenRefusedException">It is no such token.</exception>
    public static JsonWebToken Parse(string token)
    {
        var parts = token.Split('.');
        return parts.Length == PartCount ? new JsonWebToken(parts) : throw new TokenRefusedException("the token has not three parts");
    }

    /// <summary>A text that is not empty; null for anything else.</summary>
    public static string? Text(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>A time claim, in seconds since 1970, as milliseconds; null where there is none.</summary>
    /// <exception cref="TokenRefusedException">It is no number.</exception>
    public long? TimeMs(string name)
    {
        if (!Claims.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && Math.Abs(seconds) < long.MaxValue / 2000.0
            ? (long)(seconds * 1000)
            : throw new TokenRefusedException($"the claim {name} is no number");
    }

    /// <summary>A claim that is one text or a list of them; null where there is none.</summary>
    /// <exception cref="TokenRefusedException">It is something else.</exception>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (!Claims.TryGetProperty(name, out var value))
        {
            return null;
        }

        var items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new List<JsonElement> { value };
        return items.All(item => item.ValueKind == JsonValueKind.String)
            ? items.ConvertAll(item => item.GetString()!)
            : throw new TokenRefusedException($"the claim {name} is neither a text nor a list of them");
    }

    private static JsonElement Object(string part)
    {
        try
        {
            using var document = JsonDocument.Parse(Bytes(part));
            JsonStrings.Require(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new TokenRefusedException("a part of the token is no JSON object");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new TokenRefusedException($"a part of the token is no JSON: {malformed.Message}");
        }
    }

    private static byte[] Bytes(string part)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            throw new TokenRefusedException("a part of the token is not in base64url");
        }
    }
}
