using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Replication.Followers;

/// <summary>A leader on another broker. Threading: the fetcher's loop, which is the connection's too.</summary>
public sealed class RemoteLeaderEndpoint(InterBrokerClient client) : ILeaderEndpoint
{
    public Task FetchAsync(FetchRequest request, short version, Action<FetchResponse> received) =>
        client.SendAsync(request, version, received);

    public async Task<OffsetForLeaderEpochResponse> EpochEndsAsync(OffsetForLeaderEpochRequest request, short version) =>
        (await client.SendAsync<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(request, version)).Message;

    public async Task<ListOffsetsResponse> OffsetsAsync(ListOffsetsRequest request, short version) =>
        (await client.SendAsync<ListOffsetsRequest, ListOffsetsResponse>(request, version)).Message;

    public void Dispose() => client.Dispose();
}
