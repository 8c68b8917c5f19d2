using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client;

/// <summary>
/// Tells before a client is made whether <c>bootstrap.servers</c> leads anywhere; a client itself asks the resolver when it connects, and
/// tries again. Stateless.
/// </summary>
public static class BootstrapServers
{
    /// <summary>Resolves the hosts until one has an address; names in the log those that have none.</summary>
    /// <exception cref="KafkaConfigException">An address is malformed, or no host can be resolved.</exception>
    public static async Task RequireResolvableAsync(
        string bootstrapServers, IAddressResolver resolver, ILogger logger, CancellationToken cancellation = default)
    {
        foreach (var address in BootstrapAddresses.Parse(bootstrapServers))
        {
            try
            {
                await resolver.ResolveAsync(address.Host, cancellation);
                return;
            }
            catch (UnknownHostException unknown)
            {
                logger.LogWarning(
                    "Couldn't resolve server {Server} from bootstrap.servers as DNS resolution failed for {Host} ({Cause})",
                    address, address.Host, unknown.Message);
            }
        }

        throw new KafkaConfigException("No resolvable bootstrap urls given in bootstrap.servers");
    }
}
