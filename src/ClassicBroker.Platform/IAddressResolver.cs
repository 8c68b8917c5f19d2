using System.Net;

namespace ClassicBroker.Platform;

/// <summary>Names to addresses. Safe from any thread.</summary>
public interface IAddressResolver
{
    /// <summary>All addresses of a host, in the resolver's order; an address written out is itself.</summary>
    /// <exception cref="UnknownHostException">The name has no address, or no resolver answers.</exception>
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation = default);
}
