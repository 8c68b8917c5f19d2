using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Platform.Tests;

/// <summary>Which mappings of a process may be given back: never one with a byte of its own.</summary>
public class CleanPagesTests
{
    [Fact]
    public void Only_private_mappings_of_files_that_were_never_written_are_found()
    {
        List<string> lines =
        [
            .. Mapping("55d0a0000000-55d0a0b00000 r-xp 00b2c000 fe:00 1703962                    /usr/bin/kafka-server", 0),
            .. Mapping("55d0a1000000-55d0a1100000 r--p 0160c000 fe:00 1703962                    /usr/bin/kafka-server", 12),
            .. Mapping("55d0a2000000-55d0a2100000 rw-p 0170c000 fe:00 1703962                    /usr/bin/kafka-server", 0),
            .. Mapping("7f0000000000-7f0000010000 r--p 00000000 00:00 0 ", 0),
            .. Mapping("7f0000100000-7f0000110000 r--s 00000000 fe:00 17039                      /var/lib/kafka/index", 0),
            .. Mapping("7f0000200000-7f0000228000 r--p 00000000 fe:00 2002                       /usr/lib/a name with spaces.so", 0),
            .. Mapping("7ffc52f00000-7ffc52f02000 r-xp 00000000 00:00 0                          [vdso]", 0),
        ];

        Assert.Equal([(0x55d0a0000000, 0xb00000), (0x7f0000200000, 0x28000)], CleanPages.Find(lines));
    }

    [Fact]
    public void Lines_that_are_no_mappings_are_passed_over() =>
        Assert.Empty(CleanPages.Find(["", "-", "x-y r-xp /a", "Anonymous:            0 kB", "zz-zz r-xp 0 0 0 /a", "Anonymous:            0 kB"]));

    [Fact]
    public void Code_runs_on_after_its_pages_were_given_back()
    {
        Assert.True(CleanPages.Release() > 0);
        Assert.True(CleanPages.Release() > 0);
    }

    [Fact]
    public void A_process_that_has_settled_gives_back_once_more_what_it_mapped_meanwhile()
    {
        var time = new ManualTime();
        using var settled = CleanPages.ReleaseWhenSettled(time);
        time.Advance(TimeSpan.FromSeconds(29));
        var before = MappedFilesKb();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(MappedFilesKb() < before);
    }

    private static long MappedFilesKb() => long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith("RssFile:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<string> Mapping(string heading, int anonymousKb) =>
        [heading, "Size:              11268 kB", "Rss:                9332 kB", $"Anonymous:      {anonymousKb,8} kB", "VmFlags: rd ex mr mw me"];
}
