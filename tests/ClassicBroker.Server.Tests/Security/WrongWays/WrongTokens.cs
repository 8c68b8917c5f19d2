namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>Bearer tokens that prove nothing, and messages of OAUTHBEARER that break the rules. Stateless.</summary>
internal static class WrongTokens
{
    private const string Good = """{"alg":"RS256","kid":"one"}""";
    private const string InvalidToken = """58 {"status":"invalid_token"} closed""";
    private const string Malformed = "58 Authentication failed during authentication due to invalid credentials with SASL mechanism OAUTHBEARER closed";
    private const string NoKey = "OAUTHBEARER: no key of the JWKS has signed the token";

    private const string OtherUser =
        "58 Authentication failed: Client requested an authorization id (admin) that is different from the token's principal name (alice) closed";

    public static IEnumerable<WrongWay> All =>
    [
        Header("no algorithm, and no signature", b => Unsigned(b, "none"), NoKey),
        Header("no algorithm, in large letters", b => Unsigned(b, "NONE"), NoKey),
        Header("no algorithm, with a signature", b => b.Jwt("""{"alg":"none","kid":"one"}""", b.Claims()), NoKey),
        Header("the published key as a shared secret", b => b.ConfusedJwt(), NoKey),
        Header("an algorithm that is not named", b => b.Jwt("""{"kid":"one"}""", b.Claims()), NoKey),
        Header("an algorithm of another kind of key", b => b.Jwt("""{"alg":"ES256","kid":"one"}""", b.Claims()), NoKey),
        Header("a key that is not published", b => b.Jwt("""{"alg":"RS256","kid":"two"}""", b.Claims()), NoKey),
        Header("a foreign key under a published name", b => b.Jwt(Good, b.Claims(), isForeign: true), NoKey),
        Header("a foreign key without a name", b => b.Jwt("""{"alg":"RS256"}""", b.Claims(), isForeign: true), NoKey),
        Header("a key that the token brings along", b => b.Jwt("""{"alg":"RS256","jwk":{"kty":"oct","k":"AAAA"}}""", b.Claims(), isForeign: true), NoKey),
        Header("a header that must be understood", b => b.Jwt("""{"alg":"RS256","kid":"one","crit":["x"],"x":1}""", b.Claims()), "a header that must be understood"),
        Header("a signature that is cut off", b => b.Jwt(Good, b.Claims())[..^2], NoKey),
        Header("no signature", b => Parts(b, (header, claims, _) => $"{header}.{claims}."), NoKey),
        Header("claims that were changed", b => Parts(b, (header, _, signature) => $"{header}.{WrongWaysBroker.Part(b.Claims("\"sub\":\"admin\""))}.{signature}"), NoKey),
        Header("a token of two parts", b => Parts(b, (header, claims, _) => $"{header}.{claims}"), "the token has not three parts"),
        Header("an encrypted token", _ => "a.b.c.d.e", "the token has not three parts"),
        Header("what is not in base64", _ => "a_.a.a", "a part of the token is not in base64url"),
        Header("what is no JSON", _ => "AAAA.AAAA.AAAA", "a part of the token is no JSON"),
        Header("a header that is a list", b => Parts(b, (_, claims, signature) => $"{WrongWaysBroker.Part("[]")}.{claims}.{signature}"), "is no JSON object"),
        Claims("a token that has expired", b => Times(b, -700, -100), "the token has expired"),
        Claims("a token that is not valid yet", b => Times(b, 0, 600) + $",\"nbf\":{b.Now + 300}", "the token is not valid yet"),
        Claims("a token that does not end", b => Common + $",\"iat\":{b.Now}", "the token has no claim exp"),
        Claims("an end that is a text", b => Common + $",\"iat\":{b.Now},\"exp\":\"{b.Now + 600}\"", "the claim exp is no number"),
        Claims("an end beyond all numbers", b => Common + $",\"iat\":{b.Now},\"exp\":1e300", "the claim exp is no number"),
        Claims("a token that does not begin", b => Common + $",\"exp\":{b.Now + 600}", "the token has no claim iat"),
        Claims("another issuer", b => Span(b, "https://evil.example", "\"kafka\""), "the token is of another issuer"),
        Claims("no issuer", b => $"\"aud\":\"kafka\",\"iat\":{b.Now},\"exp\":{b.Now + 600}", "the token is of another issuer"),
        Claims("another audience", b => Span(b, WrongWaysBroker.Issuer, "\"mail\""), "the token is for another audience"),
        Claims("a list of other audiences", b => Span(b, WrongWaysBroker.Issuer, "[\"mail\",\"web\"]"), "the token is for another audience"),
        Claims("an audience that is a number", b => Span(b, WrongWaysBroker.Issuer, "1"), "the claim aud is neither a text nor a list"),
        Claims("no audience", b => $"\"iss\":\"{WrongWaysBroker.Issuer}\",\"iat\":{b.Now},\"exp\":{b.Now + 600}", "the token is for another audience"),
        Claims("a scope twice", b => Times(b, 0, 600) + ",\"scope\":[\"a\",\"a\"]", "the token has a scope twice"),
        Claims("an empty scope", b => Times(b, 0, 600) + ",\"scope\":\"\"", "the token has an empty scope"),
        Subject("no user", "\"x\":1", "the token has no claim sub"),
        Subject("a user without a name", "\"sub\":\"\"", "the token has no claim sub"),
        Subject("a user that is a number", "\"sub\":5", "the token has no claim sub"),
        Message("another scheme", b => b.Bearer().Replace("Bearer", "Basic", StringComparison.Ordinal), Malformed, "the message holds no bearer token"),
        Message("no token", _ => "n,,\u0001auth=Bearer \u0001\u0001", Malformed, "OAUTHBEARER"),
        Message("no authorization", _ => "n,,\u0001host=h\u0001\u0001", Malformed, "the message holds no bearer token"),
        Message("two tokens", b => Twice(b), Malformed, "the message holds no bearer token"),
        Message("channel binding", b => "p=tls-unique" + b.Bearer()[1..], Malformed, "the message is malformed"),
        Message("a message that is cut off", b => b.Bearer()[..^1], Malformed, "the message is malformed"),
        Message("a message of PLAIN", _ => "\0alice\0s3cret", Malformed, "the message is malformed"),
        Message("the acknowledgement of no refusal", _ => "\u0001", Malformed, "the message is malformed"),
        Message("the right to speak for another", b => "n,a=admin" + b.Bearer()[2..], OtherUser, "that is different from the token's principal name"),
        new(
            "OAUTHBEARER: a second wrong token", WrongWaysBroker.OnSasl,
            (b, c) => c.Handshake("OAUTHBEARER").Authenticate(WrongWaysBroker.Message("a.b")).Authenticate(b.Bearer(isForeign: true)).Authenticate("\u0001"),
            InvalidToken, NoKey),
    ];

    private static string Common => $"\"iss\":\"{WrongWaysBroker.Issuer}\",\"aud\":\"{WrongWaysBroker.Audience}\"";

    private static WrongWay Header(string name, Func<WrongWaysBroker, string> token, string reason) =>
        new(
            "OAUTHBEARER: " + name, WrongWaysBroker.OnSasl,
            (b, c) => c.Handshake("OAUTHBEARER").Authenticate(WrongWaysBroker.Message(token(b))).Authenticate("\u0001"), InvalidToken, reason);

    private static WrongWay Claims(string name, Func<WrongWaysBroker, string> rest, string reason) =>
        Header(name, b => b.Jwt(Good, b.Claims(rest: rest(b))), reason);

    private static WrongWay Subject(string name, string subject, string reason) => Header(name, b => b.Jwt(Good, b.Claims(subject)), reason);

    private static WrongWay Message(string name, Func<WrongWaysBroker, string> message, string expected, string reason) =>
        new(
            "OAUTHBEARER: " + name, WrongWaysBroker.OnSasl, (b, c) => c.Handshake("OAUTHBEARER").Authenticate(message(b)), expected, reason);

    private static string Unsigned(WrongWaysBroker broker, string algorithm) =>
        $"{WrongWaysBroker.Part($$"""{"alg":"{{algorithm}}"}""")}.{WrongWaysBroker.Part(broker.Claims())}.";

    private static string Parts(WrongWaysBroker broker, Func<string, string, string, string> compose)
    {
        var parts = broker.Jwt(Good, broker.Claims()).Split('.');
        return compose(parts[0], parts[1], parts[2]);
    }

    private static string Times(WrongWaysBroker broker, int from, int to) => Common + $",\"iat\":{broker.Now + from},\"exp\":{broker.Now + to}";

    private static string Span(WrongWaysBroker broker, string issuer, string audience) =>
        $"\"iss\":\"{issuer}\",\"aud\":{audience},\"iat\":{broker.Now},\"exp\":{broker.Now + 600}";

    private static string Twice(WrongWaysBroker broker)
    {
        var pair = broker.Bearer()[3..^1];
        return $"n,,{pair}{pair[1..]}\u0001";
    }
}
