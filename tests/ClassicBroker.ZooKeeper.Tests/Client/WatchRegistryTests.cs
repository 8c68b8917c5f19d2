using ClassicBroker.ZooKeeper.Client;

namespace ClassicBroker.ZooKeeper.Tests.Client;

public sealed class WatchRegistryTests
{
    [Fact]
    public void Many_watches_are_taken_up_in_requests_of_bounded_size()
    {
        var watches = new WatchRegistry();
        var paths = Enumerable.Range(0, 3000).Select(i => $"/{i:D5}/{new string('x', 100)}").ToArray();
        foreach (var path in paths)
        {
            watches.Add(WatchTarget.Child, path, nodeExists: true);
        }

        var requests = watches.Requests(7).ToArray();
        Assert.True(requests.Length > 1);
        Assert.All(requests, request => Assert.InRange(request.Child.Sum(path => path.Length), 1, 128 * 1024));
        Assert.Equal(paths, requests.SelectMany(request => request.Child));
    }

    [Fact]
    public void Deletion_ends_every_watch_of_the_path_and_a_change_of_children_only_that_one()
    {
        var watches = new WatchRegistry();
        watches.Add(WatchTarget.Data, "/a", true);
        watches.Add(WatchTarget.Child, "/a", true);
        watches.Fired(WatchedEventType.NodeChildrenChanged, "/a");
        Assert.Equal(["/a"], Assert.Single(watches.Requests(1)).Data);
        watches.Add(WatchTarget.Child, "/a", true);
        watches.Fired(WatchedEventType.NodeDeleted, "/a");
        Assert.Empty(watches.Requests(1));
    }
}
