using System.Net;
using ClassicBroker.Platform;

namespace ClassicBroker.Server.Tests.InProcess;

/// <summary>Knows addresses that are written out, and no name.</summary>
internal sealed class LiteralAddressResolver : IAddressResolver
{
    public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation = default) =>
        IPAddress.TryParse(host, out var address)
            ? Task.FromResult<IReadOnlyList<IPAddress>>([address])
            : Task.FromException<IReadOnlyList<IPAddress>>(new UnknownHostException(host, "Name or service not known"));
}
