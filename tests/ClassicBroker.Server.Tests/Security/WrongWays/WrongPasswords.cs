namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>Secrets that are wrong, and exchanges of PLAIN, SCRAM and GSSAPI that break the rules. Stateless.</summary>
internal static class WrongPasswords
{
    private const string Sha256 = WrongWaysBroker.Sha256;
    private const string Sha512 = WrongWaysBroker.Sha512;
    private const string Password = WrongWaysBroker.Password;
    private const string Invalid = "58 Authentication failed: Invalid username or password closed";
    private const string OtherUser = "58 Authentication failed: Client requested an authorization id that is different from username closed";
    private const string WrongPlain = "PLAIN: there is no such user, or the password is wrong";
    private const string WrongScram = Sha256 + ": there is no such user, or the password is wrong";

    private const string OtherNonce = Sha256 + ": the nonce of the last message is not the one of this exchange";

    public static IEnumerable<WrongWay> All => [.. OfPlain, .. OfScramsFirst, .. OfScramsLast, .. OfDelegationTokens, .. OfTickets];

    private static IEnumerable<WrongWay> OfPlain =>
    [
        Plain("a wrong password", "\0alice\0wrong", Invalid, WrongPlain),
        Plain("an unknown user", "\0nobody\0s3cret", Invalid, WrongPlain),
        Plain("the password of another user", "\0bob\0s3cret", Invalid, WrongPlain),
        Plain("a password in other case", "\0alice\0S3CRET", Invalid, WrongPlain),
        Plain("the beginning of a password", "\0alice\0s3cre", Invalid, WrongPlain),
        Plain("a password and more", "\0alice\0s3cret ", Invalid, WrongPlain),
        Plain("a user in other case", "\0Alice\0s3cret", Invalid, WrongPlain),
        Plain("a user and a blank", "\0alice \0s3cret", Invalid, WrongPlain),
        Plain("the name of an option as user", "\0user_alice\0s3cret", Invalid, WrongPlain),
        Plain("bytes that are no text", "\0al\u00FFce\0s3cret", Invalid, WrongPlain),
        Plain("no user", "\0\0s3cret", "58 Authentication failed: username not specified closed", "username not specified"),
        Plain("no password", "\0alice\0", "58 Authentication failed: password not specified closed", "password not specified"),
        Plain("the right to speak for another", "bob\0alice\0s3cret", OtherUser, "an authorization id that is different from username"),
        Plain("a token without separators", "alice", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 1 closed", "expected 3 tokens, got 1"),
        Plain("a token of two parts", "alice\0s3cret", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 2 closed", "got 2"),
        Plain("a token of four parts", "\0alice\0s3cret\0", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 4 closed", "got 4"),
        Plain("an empty token", "", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 1 closed", "got 1"),
        Plain("a user of 400 KB", "\0" + new string('a', 400_000) + "\0s3cret", Invalid, WrongPlain),
        Plain("a message of SCRAM", "n,,n=alice,r=x", "58 Invalid SASL/PLAIN response: expected 3 tokens, got 1 closed", "got 1"),
    ];

    private static IEnumerable<WrongWay> OfScramsFirst =>
    [
        First("a message of PLAIN", "\0alice\0s3cret", "the first message does not begin with 'n,'"),
        First("an empty message", "", "the first message does not begin with 'n,'"),
        First("channel binding that is not offered", "p=tls-unique,,n=alice,r=x", "channel binding is not offered"),
        First("channel binding that the client would have", "y,,n=alice,r=x", "channel binding is not offered"),
        First("no nonce", "n,,n=alice", "has no user or no nonce"),
        First("no user", "n,,n=,r=x", "the first message is malformed"),
        First("a name escaped by no rule", "n,,n=al=ice,r=x", "has no user or no nonce"),
        First("an extension that must be understood", "n,,n=alice,r=x,m=must", "an extension that is not known here"),
        First("the last message without the first", "c=biws,r=x,p=AAAA", "the first message does not begin with 'n,'"),
        First("bytes that are no text", "\u00FF\u00FE\0\u0001", "the first message does not begin with 'n,'"),
        Sasl(
            "SCRAM: the right to speak for another", (_, c) => c.Handshake(Sha256).Authenticate("n,a=bob,n=alice,r=x"), OtherUser,
            "an authorization id that is different from username"),
        Sasl(
            "SCRAM: the first message twice",
            (_, c) => c.Handshake(Sha256).Authenticate("n,,n=alice,r=x").Authenticate("n,,n=alice,r=x"), Refused(Sha256), Sha256),
        Sasl(
            "SCRAM: an exchange that is cut off", (_, c) => c.Handshake(Sha256).Authenticate("n,,n=alice,r=x").Wait(30_000), "token closed",
            "not authenticated within 30 s"),
    ];

    private static IEnumerable<WrongWay> OfScramsLast =>
    [
        Scram("a wrong password", "alice", "wrong", WrongScram),
        Scram("an unknown user", "nobody", Password, WrongScram),
        Scram("a user of the other mechanism", "bob", Password, WrongScram),
        Scram("a user of no mechanism's", "admin", "a", WrongScram),
        Sasl(
            "SCRAM: the other mechanism's user", (b, c) => c.LogIn(b.Login(Sha512, "alice", Password), Sha512), Refused(Sha512),
            Sha512 + ": there is no such user"),
        Sasl(
            "SCRAM: a proof of the other mechanism", (b, c) => c.LogIn(b.Login(Sha512, "alice", Password), Sha256), Refused(Sha256),
            Sha256 + ": the last message has no proof"),
        Sasl("SCRAM: a credential of few iterations", Weak, Refused(Sha256), WrongScram),
        Last("the nonce and a letter more", last => last.Replace(",p=", "x,p=", StringComparison.Ordinal), OtherNonce),
        Last("the client's nonce alone", last => Nonce(last, all => all[..(all.Length / 2)]), OtherNonce),
        Last("the broker's nonce changed", last => Nonce(last, all => all[..^1] + (all[^1] == 'A' ? 'B' : 'A')), OtherNonce),
        Last("no nonce", last => Nonce(last, _ => ""), "the last message is malformed"),
        Last("another channel's binding", last => last.Replace("c=biws", "c=eSws", StringComparison.Ordinal), "binds to another channel"),
        Last("no binding", last => last[last.IndexOf(',', StringComparison.Ordinal)..].TrimStart(','), "binds to another channel"),
        Last("no proof", last => last[..last.LastIndexOf(",p=", StringComparison.Ordinal)], "the last message has no proof"),
        Last("an empty proof", last => Proof(last, _ => ""), "the last message is malformed"),
        Last("a proof of the wrong length", last => Proof(last, _ => "AAAA"), "the last message has no proof"),
        Last("a proof that is not in base64", last => Proof(last, proof => "*" + proof[1..]), "the last message has no proof"),
        Last("a proof of zeros", last => Proof(last, _ => Convert.ToBase64String(new byte[32])), WrongScram),
        Last("a proof with one bit turned", last => Proof(last, Turned), WrongScram),
        Last("nothing", _ => "", "the last message is malformed"),
        Sasl("SCRAM: a last message that was overheard", ReplayLast, Refused(Sha256), OtherNonce),
        Sasl("SCRAM: an exchange that was overheard", Replay, Refused(Sha256), OtherNonce),
    ];

    private static IEnumerable<WrongWay> OfDelegationTokens =>
    [
        Sasl("token: an unknown one", (b, c) => c.LogIn(b.Login(Sha256, "nothing", "x", isToken: true), Sha256), Refused(Sha256), WrongScram),
        Sasl("token: a wrong HMAC", (b, c) => c.LogIn(b.Login(Sha256, b.Token.Id, "wrong", isToken: true), Sha256), Refused(Sha256), WrongScram),
        Sasl("token: its id as a user", (b, c) => c.LogIn(b.Login(Sha256, b.Token.Id, b.Token.Hmac), Sha256), Refused(Sha256), WrongScram),
        Sasl("token: a user as its id", (b, c) => c.LogIn(b.Login(Sha256, "alice", Password, isToken: true), Sha256), Refused(Sha256), WrongScram),
        Sasl("token: one that has been ended", (b, c) => ByToken(b, c, b.EndedToken()), Refused(Sha256), WrongScram),
        Sasl("token: one whose time is over", (b, c) => ByToken(b, c, b.ExpiredToken()), Refused(Sha256), WrongScram),
        Sasl("token: by PLAIN", (b, c) => c.Handshake("PLAIN").Authenticate($"\0{b.Token.Id}\0{b.Token.Hmac}"), Invalid, WrongPlain),
    ];

    private static IEnumerable<WrongWay> OfTickets =>
    [
        Ticket("what is no ticket", "nonsense", null, null, "Invalid token was supplied"),
        Ticket("a principal that is not known", "mallory@EXAMPLE.COM>kafka/h", null, null, "Invalid token was supplied"),
        Ticket("more where nothing is due", "alice@EXAMPLE.COM>kafka/h", "more", null, "a token was sent where none was due"),
        Ticket("a choice that nothing protects", "alice@EXAMPLE.COM>kafka/h", "", "\u0001\0\0\0", "GSSAPI"),
        Ticket("a layer that is not offered", "alice@EXAMPLE.COM>kafka/h", "", "wrapped:\u0002\0\0\0", "a layer that was not offered"),
        Ticket("a principal of another realm", "eve@ELSEWHERE.COM>kafka/h", "", "wrapped:\u0001\0\0\0", "GSSAPI"),
        Sasl("GSSAPI: a bare token that is none", (_, c) => c.Frame(0x60, 1, 2, 3, 4, 5, 6, 7), "closed", "GSSAPI: Invalid token was supplied"),
    ];

    private static WrongWay Plain(string name, string token, string expected, string reason) =>
        Sasl("PLAIN: " + name, (_, c) => c.Handshake("PLAIN").Authenticate(token), expected, reason);

    private static WrongWay First(string name, string message, string reason) =>
        Sasl("SCRAM: " + name, (_, c) => c.Handshake(Sha256).Authenticate(message), Refused(Sha256), reason);

    private static WrongWay Scram(string name, string user, string password, string reason) =>
        Sasl("SCRAM: " + name, (b, c) => c.LogIn(b.Login(Sha256, user, password), Sha256), Refused(Sha256), reason);

    private static WrongWay Last(string name, Func<string, string> change, string reason) =>
        Sasl(
            "SCRAM, last message: " + name, (b, c) => c.LogIn(b.Login(Sha256, "alice", Password), Sha256, changeLast: change), Refused(Sha256),
            reason);

    private static WrongWay Ticket(string name, string first, string? second, string? third, string reason) =>
        Sasl("GSSAPI: " + name, (_, c) => Send(c.Handshake("GSSAPI"), first, second, third), Refused("GSSAPI"), reason);

    private static WrongWay Sasl(string name, Action<WrongWaysBroker, Stranger> act, string expected, string reason) =>
        new(name, WrongWaysBroker.OnSasl, act, expected, reason);

    private static string Refused(string mechanism) =>
        $"58 Authentication failed during authentication due to invalid credentials with SASL mechanism {mechanism} closed";

    private static void Send(Stranger stranger, params string?[] tokens)
    {
        foreach (var token in tokens)
        {
            if (token is not null)
            {
                stranger.Authenticate(token);
            }
        }
    }

    private static void Weak(WrongWaysBroker broker, Stranger stranger)
    {
        broker.AddWeakUser();
        stranger.LogIn(broker.Login(Sha256, "weak", Password), Sha256);
    }

    private static void ByToken(WrongWaysBroker broker, Stranger stranger, (string Id, string Hmac) token) =>
        stranger.LogIn(broker.Login(Sha256, token.Id, token.Hmac, isToken: true), Sha256);

    private static void ReplayLast(WrongWaysBroker broker, Stranger stranger)
    {
        var (_, last) = broker.Overheard();
        stranger.LogIn(broker.Login(Sha256, "alice", "unknown"), Sha256, changeLast: _ => last);
    }

    private static void Replay(WrongWaysBroker broker, Stranger stranger)
    {
        var (first, last) = broker.Overheard();
        stranger.Handshake(Sha256).Authenticate(first).Authenticate(last);
    }

    private static string Nonce(string last, Func<string, string> change)
    {
        var parts = last.Split(',');
        parts[1] = "r=" + change(parts[1][2..]);
        return string.Join(',', parts);
    }

    private static string Proof(string last, Func<string, string> change)
    {
        var at = last.LastIndexOf(",p=", StringComparison.Ordinal) + 3;
        return last[..at] + change(last[at..]);
    }

    private static string Turned(string proof)
    {
        var bytes = Convert.FromBase64String(proof);
        bytes[5] ^= 1;
        return Convert.ToBase64String(bytes);
    }
}
