using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl.OAuth;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// Java's login modules as names of what is built in here. No class is loaded, whatever a configuration names. Immutable.
/// </summary>
public sealed class LoginModules
{
    public const string Plain = "org.apache.kafka.common.security.plain.PlainLoginModule";
    public const string Scram = "org.apache.kafka.common.security.scram.ScramLoginModule";
    public const string OAuthBearer = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";
    public const string Kerberos = "com.sun.security.auth.module.Krb5LoginModule";

    /// <summary>The system property of Java that names modules not to be used.</summary>
    public const string DisallowedProperty = "org.apache.kafka.disallowed.login.modules";

    private const string DisallowedByDefault = "com.sun.security.auth.module.JndiLoginModule,com.sun.security.auth.module.LdapLoginModule";

    private readonly HashSet<string> _disallowed;

    /// <param name="disallowed">The value of <see cref="DisallowedProperty"/>; null where it is not set.</param>
    public LoginModules(string? disallowed) =>
        _disallowed = (disallowed ?? DisallowedByDefault).Split(',', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);

    /// <summary>The module of a mechanism; null for mechanisms there are none of.</summary>
    public static string? Of(string mechanism) => mechanism switch
    {
        SaslMechanismNames.Plain => Plain,
        SaslMechanismNames.ScramSha256 or SaslMechanismNames.ScramSha512 => Scram,
        SaslMechanismNames.OAuthBearer => OAuthBearer,
        SaslMechanismNames.Gssapi => Kerberos,
        _ => null,
    };

    /// <exception cref="JaasException">The module may not be used, or there is none of that name.</exception>
    public void Check(JaasEntry entry)
    {
        if (_disallowed.Contains(entry.Module))
        {
            throw new JaasException(
                $"{entry.Module} is not allowed. Update System property '{DisallowedProperty}' to allow {entry.Module}");
        }

        if (entry.Module is not (Plain or Scram or OAuthBearer or Kerberos))
        {
            throw new JaasException($"No LoginModule found for {entry.Module}");
        }
    }

    /// <summary>What a client logs in with, by a mechanism and the login module configured for it.</summary>
    /// <exception cref="JaasException">The entry has no credential for the mechanism.</exception>
    /// <param name="mechanism">The mechanism.</param>
    /// <param name="entry">Its login module.</param>
    /// <param name="surroundings">What logins are made of.</param>
    public static ISaslLogin LoginBy(string mechanism, JaasEntry entry, LoginSurroundings surroundings)
    {
        if (SaslMechanismNames.ScramOf(mechanism) is { } scram)
        {
            var isToken = "true".Equals(entry.Option("tokenauth"), StringComparison.OrdinalIgnoreCase);
            return new ScramLogin(scram, Required(entry, "username"), Required(entry, "password"), isToken, surroundings.Random);
        }

        return mechanism switch
        {
            SaslMechanismNames.OAuthBearer => OAuthBearerLogins.Of(entry, surroundings),
            SaslMechanismNames.Plain => new PlainLogin(Required(entry, "username"), Required(entry, "password")),
            SaslMechanismNames.Gssapi => KerberosLogin(entry, surroundings),
            _ => throw new JaasException($"The SASL mechanism {mechanism} is not available"),
        };
    }

    /// <summary>The Kerberos of the system.</summary>
    /// <exception cref="JaasException">There is none.</exception>
    public static IKerberos Require(IKerberos? kerberos) =>
        kerberos is null ? throw new JaasException("GSSAPI is not available: there is no Kerberos here")
            : kerberos.Missing is { } missing ? throw new JaasException($"GSSAPI is not available: {missing}")
            : kerberos;

    private static GssapiLogin KerberosLogin(JaasEntry entry, LoginSurroundings surroundings) =>
        new(
            Require(surroundings.Kerberos),
            KerberosModule.CredentialOf(entry),
            KerberosModule.ServiceOf(entry, surroundings.KerberosServiceName));

    private static string Required(JaasEntry entry, string option) =>
        entry.Option(option) ?? throw new JaasException($"The login module {entry.Module} has no option {option}");
}
