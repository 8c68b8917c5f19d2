using System.Buffers;

namespace ClassicBroker.Rpc.Http;

/// <summary>The letters of a token of HTTP (RFC 9110, 5.6.2), such as the name of a field. Stateless.</summary>
internal static class TokenLetters
{
    private static readonly SearchValues<char> Letters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool ContainsOnlyTokenLetters(this ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Letters);
}
