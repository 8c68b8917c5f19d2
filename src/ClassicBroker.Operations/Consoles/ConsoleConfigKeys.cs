namespace ClassicBroker.Operations.Consoles;

/// <summary>The console's keys, in <c>server.properties</c> or in the file that <c>--config</c> names.</summary>
public static class ConsoleConfigKeys
{
    public const string Listeners = "console.listeners";
    public const string BootstrapServers = "console.bootstrap.servers";
    public const string CommandConfig = "console.command.config";
    public const string SignIn = "console.sign.in";
    public const string SignInMechanism = "console.sign.in.mechanism";
    public const string SignInBootstrapServers = "console.sign.in.bootstrap.servers";
    public const string Admins = "console.roles.admin";
    public const string Operators = "console.roles.operator";
    public const string Readers = "console.roles.read.only";
    public const string OidcIssuer = "console.oidc.issuer";
    public const string OidcClientId = "console.oidc.client.id";
    public const string OidcClientSecret = "console.oidc.client.secret";
    public const string OidcScopes = "console.oidc.scopes";
    public const string OidcUserClaim = "console.oidc.user.claim";
    public const string OidcRolesClaim = "console.oidc.roles.claim";
    public const string OidcTrustStoreLocation = "console.oidc.ssl.truststore.location";
    public const string OidcTrustStorePassword = "console.oidc.ssl.truststore.password";
    public const string OidcTrustStoreType = "console.oidc.ssl.truststore.type";
    public const string TokenRole = "console.token.role";
    public const string PublicUrl = "console.public.url";
    public const string SessionIdle = "console.session.idle.ms";

    /// <summary>Those whose values are secret.</summary>
    public static IReadOnlyList<string> Secrets { get; } = [OidcClientSecret, OidcTrustStorePassword];

    /// <summary>All of them, each with its default and what it is for.</summary>
    public static IReadOnlyList<(string Key, string Default, string Meaning)> All { get; } =
    [
        (Listeners, "", "Where the admin console is served: http://host:port, several by commas. Off unless set."),
        (BootstrapServers, "", "The brokers the console looks at; in a broker its own plaintext listener unless set."),
        (CommandConfig, "", "A file of client properties, with which the console connects to the brokers."),
        (SignIn, "token", "How users sign in: token, sasl for users of the cluster, or oidc for those of an OpenID provider."),
        (SignInMechanism, "SCRAM-SHA-512", "The mechanism of sasl: SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN."),
        (SignInBootstrapServers, "", "The SASL listener that passwords are tried at; that of the console's own connections unless set."),
        (OidcIssuer, "", "The OpenID provider of oidc: https://host/path, as its tokens name it."),
        (OidcClientId, "", "The name under which the console is registered at the provider."),
        (OidcClientSecret, "", "The secret of that registration; none for a public client."),
        (OidcScopes, "openid profile", "What is asked of the provider, by blanks."),
        (OidcUserClaim, "sub", "The claim of the ID token that names the user."),
        (OidcRolesClaim, "", "The claim whose values console.roles.* name in place of users; names within names by dots."),
        (OidcTrustStoreLocation, "", "A file of certificates to trust at the provider; what the machine trusts unless set."),
        (OidcTrustStorePassword, "", "The password of that file."),
        (OidcTrustStoreType, "JKS", "The form of that file: JKS, PKCS12 or PEM."),
        (Admins, "", "Users with the role admin, by commas; * for all."),
        (Operators, "", "Users with the role operator, by commas; * for all."),
        (Readers, "", "Users with the role read-only, by commas; * for all."),
        (TokenRole, "admin", "The role of those who sign in by token: read-only, operator or admin."),
        (PublicUrl, "", "Where users reach the console, where a proxy stands before it: https://host."),
        (SessionIdle, "1800000", "When a session ends that is not used."),
    ];
}
