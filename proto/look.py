import sys; sys.path.insert(0,'/tmp/dup')
from near import *
v=main('/tmp/dup/g20k.parquet'); globals().update(v)
import random; random.seed(1)
def show(m,k=8):
    for i in random.sample(list(np.flatnonzero(m)),min(k,m.sum())): print("   ",titles[l[i]],"|",titles[r[i]],"|",round(j[i],2),mode[l[i]],mode[r[i]],why[i])
print("other dup"); show((why=="other question")&same,25)
print("own dup"); show((why=="own")&same,12)
print("reworded sib"); show((why=="reworded")&samefam,12)
print("variant dup")
for i in random.sample(list(np.flatnonzero(var&same)),25):
    d=find_differences(reading(l[i]),reading(r[i])); st=statements(d)
    print("   ",mode[l[i]],mode[r[i]],len(d),[(x.kind,texts[l[i]][x.start-3:x.end+3],texts[r[i]][x.other_start-3:x.other_end+3]) for x in st][:3])
