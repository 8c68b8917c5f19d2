using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// A leader as a fetcher sees it: another broker over its connection, or the current replica for one that moves between log directories.
/// Threading: the fetcher's loop.
/// </summary>
public interface ILeaderEndpoint : IDisposable
{
    /// <summary>Fetches; <paramref name="received"/> gets the answer while its records lie in the receive buffer.</summary>
    /// <exception cref="PeerUnreachableException">No answer came.</exception>
    Task FetchAsync(FetchRequest request, short version, Action<FetchResponse> received);

    /// <summary>Where leader epochs ended in the leader's log.</summary>
    /// <exception cref="PeerUnreachableException">No answer came.</exception>
    Task<OffsetForLeaderEpochResponse> EpochEndsAsync(OffsetForLeaderEpochRequest request, short version);

    /// <summary>Where the leader's log begins or ends.</summary>
    /// <exception cref="PeerUnreachableException">No answer came.</exception>
    Task<ListOffsetsResponse> OffsetsAsync(ListOffsetsRequest request, short version);
}
