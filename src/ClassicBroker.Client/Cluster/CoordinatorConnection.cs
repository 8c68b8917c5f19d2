using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// A connection to the coordinator of a group or a transactional id, beside those that fetch and produce: a request that waits would keep
/// their answers back. Found when first used and again after it was lost. Threading: the client's loop.
/// </summary>
internal sealed class CoordinatorConnection(ClusterClient cluster, CoordinatorKeyType type, string key)
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

    /// <summary>The highest version of an API that the coordinator speaks; -1 where it does not have the API.</summary>
    /// <exception cref="KafkaException">The coordinator is not known or cannot be reached; mostly retriable.</exception>
    public async Task<short> MaxVersionAsync(ApiKey api)
    {
        var slot = _slot ?? await FindAsync();
        try
        {
            var connection = await slot.ConnectAsync();
            return connection.Versions
                .Where(range => range.ApiKey == (short)api)
                .Select(range => range.MaxVersion)
                .FirstOrDefault((short)-1);
        }
        catch (BrokerUnavailableException)
        {
            Forget(slot);
            throw;
        }
    }

    /// <summary>The failure, which from now on tells that it is about the coordinator.</summary>
    public KafkaException About(KafkaException failure, ApiKey api) => _slot?.About(failure, api) ?? failure;

    /// <summary>The broker says that it is not the coordinator: the next request looks for the one that is.</summary>
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
            new() { Key = key, KeyType = (sbyte)type }, maxVersion: LastVersionWithOneKey);
        if (found.ErrorCode != ErrorCode.None)
        {
            throw new KafkaException(found.ErrorCode, api: "FindCoordinator");
        }

        return _slot = cluster.OpenSlot(found.NodeId, new BrokerAddress(found.Host, found.Port));
    }
}
