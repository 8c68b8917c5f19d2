using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Configs to set, and with null to give their defaults back. Immutable.</summary>
/// <param name="Changes">New values by key.</param>
/// <param name="DryRun">Only to say whether it could be done.</param>
internal sealed record ConfigOrder(IReadOnlyDictionary<string, string?>? Changes, bool DryRun)
{
    private static readonly string[] SecretWords = ["password", "jaas", "secret", "keystore.key", "certificate.chain"];

    /// <exception cref="ApiException">There is nothing to change.</exception>
    /// <exception cref="KafkaException">The brokers refuse.</exception>
    public async Task CarryOutAsync(ConsoleCall call, ConfigResource resource)
    {
        if (Changes is not { Count: > 0 })
        {
            throw ApiException.BadRequest("There is nothing to change.");
        }

        await call.Cluster.RequireAsync(Protocol.ApiKey.IncrementalAlterConfigs);
        ConfigChange[] changes =
            [.. Changes.Select(change =>
                change.Value is { } value ? ConfigChange.Set(change.Key, value) : ConfigChange.Delete(change.Key))];
        (await call.Cluster.Admin.IncrementalAlterConfigsAsync(resource, changes, DryRun)).ThrowIfFailed();
        if (!DryRun)
        {
            call.Audit("alter configs", $"{resource.Type} {resource.Name}: {string.Join(", ", Changes.Select(Shown))}");
        }
    }

    /// <summary>Values may be secrets, such as passwords of key stores: the audit log has the keys of those only.</summary>
    private static string Shown(KeyValuePair<string, string?> change) =>
        change.Value is null ? $"{change.Key} to its default"
        : SecretWords.Any(word => change.Key.Contains(word, StringComparison.OrdinalIgnoreCase)) ? $"{change.Key}=[hidden]"
        : $"{change.Key}={change.Value}";
}
