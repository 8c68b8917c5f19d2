namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// A token proves nothing. <paramref name="answer"/> is what the client is told, in the JSON of RFC 7628; the message is the reason, for
/// the broker's log.
/// </summary>
internal sealed class TokenRefusedException(string reason, string answer = TokenRefusedException.InvalidToken) : Exception(reason)
{
    public const string InvalidToken = """{"status":"invalid_token"}""";

    public string Answer { get; } = answer;

    public static TokenRefusedException InsufficientScope(IReadOnlyList<string> required) =>
        new("the token lacks a scope", $$"""{"status":"insufficient_scope", "scope":"[{{string.Join(", ", required)}}]"}""");
}
