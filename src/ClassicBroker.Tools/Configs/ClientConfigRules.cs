using ClassicBroker.Metadata.Znodes;

namespace ClassicBroker.Tools.Configs;

/// <summary>Which configs users, clients and addresses can be given by way of the brokers. Stateless.</summary>
internal static class ClientConfigRules
{
    private const string ConnectionRate = "connection_creation_rate";

    private static readonly string[] ClientQuotas =
        ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"];

    /// <exception cref="ToolException">One of the keys is nothing these entities have, or not together with the others.</exception>
    public static void Check(IReadOnlyList<ConfigEntity> entities, IEnumerable<string> added, IReadOnlyList<string> deleted)
    {
        var keys = added.ToArray();
        if (entities[0].Type == ConfigEntityZnode.Ips)
        {
            Refuse(
                keys.Concat(deleted).Where(key => key != ConnectionRate),
                unknown => $"Only connection quota configs can be added for '{ConfigEntityZnode.Ips}' using --bootstrap-server. "
                    + $"Unexpected config names: {string.Join(",", unknown)}");
            return;
        }

        var hasClient = entities.Any(entity => entity.Type == ConfigEntityZnode.Clients);
        var (allowed, type) = hasClient ? ("quota", ConfigEntityZnode.Clients) : ("quota and SCRAM credential", ConfigEntityZnode.Users);
        foreach (var (names, verb) in new[] { (keys, "added"), (deleted.ToArray(), "deleted") })
        {
            Refuse(
                names.Where(key => !ClientQuotas.Contains(key) && (hasClient || !ScramArgument.IsMechanism(key))),
                unknown => $"Only {allowed} configs can be {verb} for '{type}' using --bootstrap-server. "
                    + $"Unexpected config names: {ScalaSet(unknown)}");
        }

        CheckCredentials(entities, [.. keys, .. deleted]);
    }

    private static void CheckCredentials(IReadOnlyList<ConfigEntity> entities, IReadOnlyList<string> keys)
    {
        if (!keys.Any(ScramArgument.IsMechanism))
        {
            return;
        }

        if (entities.Any(entity => entity.IsDefault))
        {
            throw new ToolException(
                "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.");
        }

        if (keys.Any(ClientQuotas.Contains))
        {
            throw new ToolException(
                $"Cannot alter both quota and SCRAM credential configs simultaneously for '{ConfigEntityZnode.Users}' "
                + "using --bootstrap-server.");
        }
    }

    private static void Refuse(IEnumerable<string> keys, Func<IReadOnlyList<string>, string> message)
    {
        var refused = keys.ToArray();
        if (refused.Length > 0)
        {
            throw new ToolException(message(refused));
        }
    }

    private static string ScalaSet(IEnumerable<string> names) => $"Set({string.Join(", ", names)})";
}
