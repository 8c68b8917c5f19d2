using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>
/// A connection to a group's coordinator, beside those that fetch: a JoinGroup that waits would keep their answers back. Found when first
/// used and again after it was lost. Threading: the client's loop.
/// </summary>
internal sealed class CoordinatorConnection(ClusterClient cluster, string groupId)
{
    /// <summary>The last version that asks for one key.</summary>
    private const short LastVersionWithOneKey = 3;

    private BrokerSlot? _slot;
    private Task<BrokerSlot>? _finding;

    /// <exception cref="KafkaException">The coordinator is not known or cannot be reached; mostly retriable.</exception>
    public async Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, TimeSpan timeout, short maxVersion = short.MaxValue)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        var slot = _slot ?? await FindAsync();
        try
        {
            return (await slot.SendAsync<TRequest, TResponse>(request, timeout, maxVersion)).Message;
        }
        catch (BrokerUnavailableException)
        {
            Forget(slot);
            throw;
        }
    }

    /// <summary>The broker says that it does not coordinate the group: the next request looks for the one that does.</summary>
    public void Forget()
    {
        if (_slot is { } slot)
        {
            Forget(slot);
        }
    }

    private void Forget(BrokerSlot slot)
    {
        if (_slot == slot)
        {
            _slot = null;
        }

        slot.Close();
    }

    private Task<BrokerSlot> FindAsync()
    {
        if (_finding is { IsCompleted: false } underWay)
        {
            return underWay;
        }

        return _finding = AskAsync();
    }

    private async Task<BrokerSlot> AskAsync()
    {
        var found = await cluster.SendToAnyAsync<FindCoordinatorRequest, FindCoordinatorResponse>(
            new() { Key = groupId }, maxVersion: LastVersionWithOneKey);
        if (found.ErrorCode != ErrorCode.None)
        {
            throw new KafkaException(found.ErrorCode, api: "FindCoordinator");
        }

        return _slot = cluster.OpenSlot(found.NodeId, new BrokerAddress(found.Host, found.Port));
    }
}
