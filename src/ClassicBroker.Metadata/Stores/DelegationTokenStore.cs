using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>The delegation tokens, and the notices of their changes. Threading: the ZooKeeper loop.</summary>
public sealed class DelegationTokenStore(ZnodeClient znodes)
{
    /// <summary>Makes the parents of tokens and notices where they are missing.</summary>
    public async Task CreatePathsAsync()
    {
        await znodes.CreateRecursiveAsync(DelegationTokenZnode.ParentPath, null);
        await znodes.CreateRecursiveAsync(DelegationTokenZnode.ChangesPath, null);
    }

    public Task<IReadOnlyList<string>> GetIdsAsync() => znodes.GetChildrenAsync(DelegationTokenZnode.ParentPath);

    /// <summary>A token; null where there is none of that id.</summary>
    /// <exception cref="MalformedDataException">What is there cannot be read.</exception>
    public async Task<StoredToken?> GetAsync(string id) =>
        await znodes.GetDataAsync(DelegationTokenZnode.Path(id)) is { } found ? DelegationTokenZnode.Decode(id, found.Data) : null;

    /// <summary>Writes a new token.</summary>
    public Task CreateAsync(StoredToken token) =>
        znodes.SetOrCreateAsync(DelegationTokenZnode.Path(token.Id), DelegationTokenZnode.Encode(token));

    /// <summary>Writes a token that is there; false where it has been removed, which a write must not undo.</summary>
    public async Task<bool> UpdateAsync(StoredToken token)
    {
        try
        {
            await znodes.SetDataAsync(DelegationTokenZnode.Path(token.Id), DelegationTokenZnode.Encode(token));
            return true;
        }
        catch (ZooKeeperException failure) when (failure.Code == ZooKeeperError.NoNode)
        {
            return false;
        }
    }

    /// <summary>Removes a token where it is still there.</summary>
    public Task RemoveAsync(string id) => znodes.DeleteAsync(DelegationTokenZnode.Path(id), ZnodeClient.Unfenced);

    /// <summary>Tells every broker that a token has changed.</summary>
    public Task NotifyAsync(string id)
    {
        var (pathPrefix, data) = DelegationTokenZnode.Change(id);
        return znodes.CreateSequentialAsync(pathPrefix, data);
    }
}
