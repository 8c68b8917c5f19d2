using System.Net;
using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Network;

/// <summary>Knows addresses that are written out, and no name: nothing a test names reaches the resolver of the machine.</summary>
public sealed class LiteralAddressResolver : IAddressResolver
{
    public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation = default) =>
        IPAddress.TryParse(host, out var address)
            ? Task.FromResult<IReadOnlyList<IPAddress>>([address])
            : Task.FromException<IReadOnlyList<IPAddress>>(new UnknownHostException(host, "Name or service not known"));
}
