using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// What the options of Java's <c>Krb5LoginModule</c> say: whose keys, from where, and the service's name. Stateless.
/// </summary>
public static class KerberosModule
{
    /// <summary>The credential that an entry describes.</summary>
    /// <exception cref="JaasException">It describes none.</exception>
    public static KerberosCredential CredentialOf(JaasEntry entry)
    {
        var (usesKeyTab, usesCache) = (IsTrue(entry, "useKeyTab"), IsTrue(entry, "useTicketCache"));
        if (!usesKeyTab && !usesCache)
        {
            throw new JaasException(
                $"The login module {entry.Module} has neither useKeyTab=true nor useTicketCache=true: there is no one to ask for a password");
        }

        if (usesKeyTab && entry.Option("principal") is null or "")
        {
            throw new JaasException($"The login module {entry.Module} has no option principal");
        }

        var principal = entry.Option("principal") is { Length: > 0 } named and not "*" ? named : null;
        return usesKeyTab
            ? new(principal, entry.Option("keyTab"))
            : new(principal, null, UsesTicketCache: true, entry.Option("ticketCache"));
    }

    /// <summary>The service that brokers are, as the entry or the configuration names it.</summary>
    /// <param name="entry">The login module.</param>
    /// <param name="configured"><c>sasl.kerberos.service.name</c>; null where it is not set.</param>
    /// <exception cref="JaasException">Neither names it, or they contradict each other.</exception>
    public static string ServiceOf(JaasEntry entry, string? configured)
    {
        var option = entry.Option("serviceName");
        if (option is not null && configured is not null && option != configured)
        {
            throw new JaasException(
                $"Conflicting serviceName values found in JAAS and Kafka configs value in JAAS file {option}, value in Kafka config {configured}");
        }

        return (option ?? configured) is { Length: > 0 } service
            ? service
            : throw new JaasException("No serviceName defined in either JAAS or Kafka config");
    }

    private static bool IsTrue(JaasEntry entry, string option) =>
        string.Equals(entry.Option(option), "true", StringComparison.OrdinalIgnoreCase);
}
