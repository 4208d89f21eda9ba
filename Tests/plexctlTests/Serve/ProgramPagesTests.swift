import Testing

@testable import plexctl

@Suite("Pages of the program's code")
struct ProgramPagesTests {
    @Test(
        "Only code that comes from a file is given back",
        arguments: [
            ("559a1c800000-559a1c9ff000 r-xp 003c3000 fe:00 1234    /usr/bin/plexctl\n", true),
            ("7f1200000000-7f1200001000 r-xp 00000000 fe:00 1234    /a folder/lib (deleted)\n", true),
            ("559a1c800000-559a1c9ff000 r--p 003c3000 fe:00 1234    /usr/bin/plexctl\n", false),
            ("559a1c800000-559a1c9ff000 rw-p 003c3000 fe:00 1234    /usr/bin/plexctl\n", false),
            ("559a1c800000-559a1c9ff000 rwxp 003c3000 fe:00 1234    /usr/bin/plexctl\n", false),
            ("7ffc9dffe000-7ffc9e000000 r-xp 00000000 00:00 0       [vdso]\n", false),
            ("7f1200000000-7f1200001000 r-xp 00000000 00:00 0 \n", false),
            ("7f1200001000-7f1200000000 r-xp 00000000 fe:00 1234    /usr/bin/plexctl\n", false),
            ("x-y r-xp 00000000 fe:00 1234    /usr/bin/plexctl\n", false), ("", false),
        ]
    )
    func ranges(line: String, isCode: Bool) {
        #expect((ProgramPages.range(ofCodeIn: line) != nil) == isCode)
    }

    @Test("The program goes on after its code was given back")
    func goesOn() {
        ProgramPages.unmapCode()
        let range = ProgramPages.range(ofCodeIn: "1000-2000 r-xp 0 0:0 1 /x")
        #expect(range?.start == 0x1000 && range?.end == 0x2000)
    }
}
